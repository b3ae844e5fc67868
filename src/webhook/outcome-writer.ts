/**
 * Writes the outcomes of all webhooks in one operation, after a short delay or when many have accumulated. An outcome
 * stays in memory until it is durable: a crash repeats the request, it never loses the event.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { WebhookRecord, WebhookWriter } from '../store/webhooks.ts';

/** How long outcomes accumulate. */
const GATHER_MS = 50;
/** This many are written without delay. */
const WRITE_AT_ONCE = 200;
/** Pause after a failed write. */
const PAUSE_MS = 1_000;

/** An endpoint whose outcomes are written. */
export interface OutcomeSource {
  /** The unwritten outcomes; called again only after `written` or `notWritten`. `undefined`: none. */
  takeRecord(): WebhookRecord | undefined;
  written(record: WebhookRecord): void;
  notWritten(record: WebhookRecord): void;
}

export interface OutcomeWriterOptions {
  readonly writer: Pick<WebhookWriter, 'recordWebhooks'>;
  readonly clock: Clock;
  readonly log: Log;
}

export class OutcomeWriter {
  readonly #options: OutcomeWriterOptions;
  readonly #waiting = new Set<OutcomeSource>();
  #flushWaiters: { readonly source: OutcomeSource; readonly resolve: () => void }[] = [];
  #gathered = 0;
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: OutcomeWriterOptions) {
    this.#options = options;
  }

  /** `source` has `count` more outcomes. */
  add(source: OutcomeSource, count: number): void {
    this.#waiting.add(source);
    this.#gathered += count;
    if (this.#writing !== undefined) return;
    if (this.#gathered >= WRITE_AT_ONCE) void this.flush();
    else this.#timer ??= this.#options.clock.after(GATHER_MS, () => void this.flush());
  }

  /** Resolves when the accumulated outcomes are written or the write has failed. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    this.#writing = this.#write();
    await this.#writing;
  }

  /** Resolves when all outcomes of `source` are written, however long the store takes. */
  settled(source: OutcomeSource): Promise<void> {
    if (!this.#waiting.has(source) && this.#writing === undefined) return Promise.resolve();
    void this.flush();
    return new Promise((resolve) => this.#flushWaiters.push({ source, resolve }));
  }

  async #write(): Promise<void> {
    const taken: [OutcomeSource, WebhookRecord][] = [];
    for (const source of this.#waiting) {
      const record = source.takeRecord();
      if (record !== undefined) taken.push([source, record]);
    }
    this.#waiting.clear();
    this.#gathered = 0;
    let pauseMs = GATHER_MS;
    try {
      if (taken.length > 0) await this.#options.writer.recordWebhooks(taken.map(([, record]) => record));
      for (const [source, record] of taken) source.written(record);
    } catch (error) {
      pauseMs = PAUSE_MS;
      this.#options.log.warn('webhook outcomes not written', {
        reason: error instanceof Error ? error.message : String(error),
      });
      for (const [source, record] of taken) {
        source.notWritten(record);
        this.#waiting.add(source);
      }
    }
    this.#writing = undefined;
    const waiters = this.#flushWaiters;
    this.#flushWaiters = waiters.filter(({ source }) => this.#waiting.has(source));
    for (const { source, resolve } of waiters) if (!this.#waiting.has(source)) resolve();
    if (this.#waiting.size > 0) this.#timer ??= this.#options.clock.after(pauseMs, () => void this.flush());
  }

  /** Cancels the timer and resolves the pending calls of {@link settled}. */
  stop(): void {
    for (const { resolve } of this.#flushWaiters.splice(0)) resolve();
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
