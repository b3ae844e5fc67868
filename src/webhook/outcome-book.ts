/**
 * Gathers what came of webhooks' events and writes it down, for all webhooks in one operation, a moment later or when much has
 * gathered. Until it is durable nobody forgets it: a crash in between repeats the request, it never loses the event.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { WebhookRecord, WebhookWriter } from '../store/webhooks.ts';

/** How long outcomes gather. */
const GATHER_MS = 50;
/** As many are written at once without waiting. */
const MANY = 200;
/** The store could not write: until it is asked again. */
const PAUSE_MS = 1_000;

/** Something with outcomes to write down. */
export interface Recording {
  /** What there is now; asked again only after `written` or `notWritten`. `undefined`: nothing. */
  takeRecord(): WebhookRecord | undefined;
  written(record: WebhookRecord): void;
  notWritten(record: WebhookRecord): void;
}

export interface OutcomeBookOptions {
  readonly writer: Pick<WebhookWriter, 'recordWebhooks'>;
  readonly clock: Clock;
  readonly log: Log;
}

export class OutcomeBook {
  readonly #options: OutcomeBookOptions;
  readonly #waiting = new Set<Recording>();
  #settling: { readonly recording: Recording; readonly resolve: () => void }[] = [];
  #gathered = 0;
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: OutcomeBookOptions) {
    this.#options = options;
  }

  /** `recording` has `count` more. */
  add(recording: Recording, count: number): void {
    this.#waiting.add(recording);
    this.#gathered += count;
    if (this.#writing !== undefined) return;
    if (this.#gathered >= MANY) void this.flush();
    else this.#timer ??= this.#options.clock.after(GATHER_MS, () => void this.flush());
  }

  /** Resolves when what had gathered is written, or could not be. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    this.#writing = this.#write();
    await this.#writing;
  }

  /** Resolves when nothing of `recording` is left to write, however long the store takes. */
  settled(recording: Recording): Promise<void> {
    if (!this.#waiting.has(recording) && this.#writing === undefined) return Promise.resolve();
    void this.flush();
    return new Promise((resolve) => this.#settling.push({ recording, resolve }));
  }

  async #write(): Promise<void> {
    const taken: [Recording, WebhookRecord][] = [];
    for (const recording of this.#waiting) {
      const record = recording.takeRecord();
      if (record !== undefined) taken.push([recording, record]);
    }
    this.#waiting.clear();
    this.#gathered = 0;
    let pauseMs = GATHER_MS;
    try {
      if (taken.length > 0) await this.#options.writer.recordWebhooks(taken.map(([, record]) => record));
      for (const [recording, record] of taken) recording.written(record);
    } catch (error) {
      pauseMs = PAUSE_MS;
      this.#options.log.warn('webhook outcomes not written', {
        reason: error instanceof Error ? error.message : String(error),
      });
      for (const [recording, record] of taken) {
        recording.notWritten(record);
        this.#waiting.add(recording);
      }
    }
    this.#writing = undefined;
    const settling = this.#settling;
    this.#settling = settling.filter(({ recording }) => this.#waiting.has(recording));
    for (const { recording, resolve } of settling) if (!this.#waiting.has(recording)) resolve();
    if (this.#waiting.size > 0) this.#timer ??= this.#options.clock.after(pauseMs, () => void this.flush());
  }

  /** Forgets its timer, and whoever waits for what could not be written. */
  stop(): void {
    for (const { resolve } of this.#settling.splice(0)) resolve();
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
