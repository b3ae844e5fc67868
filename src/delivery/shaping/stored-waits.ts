/**
 * What the store keeps of waits for limits: destinations that are left alone, deliveries with a time of their own. When a limit has
 * changed, what waits for it is due at once and looked at again, whichever relay had put it off, so that it goes as soon as the new
 * figures let it.
 */
import type { Clock } from '../../platform/clock.ts';
import type { OwnedPromises } from '../../platform/lifecycle.ts';
import type { Log } from '../../platform/log.ts';
import type { QueueReader, QueueWriter } from '../../store/queue-admin.ts';
import type { Alarm } from '../alarm.ts';

export type StoredWaitsAccess = Pick<QueueReader, 'limitsWaitedFor'> & Pick<QueueWriter, 'endWaits'>;

export interface StoredWaitsOptions {
  /** `undefined`: they are nobody's business here. */
  readonly store: StoredWaitsAccess | undefined;
  readonly clock: Clock;
  readonly alarm: Pick<Alarm, 'by'>;
  readonly background: OwnedPromises;
  readonly log: Log;
}

/** A limit in words, as policy/shaping/limit-words.ts has them. */
export type IsMeant = (words: string) => boolean;

/** What was on its way to the store at the first look is found by a second one; a store that fails is asked again. */
const AGAIN_MS = 2_000;

export class StoredWaits {
  readonly #options: StoredWaitsOptions;
  #asked: IsMeant[] = [];
  #again: IsMeant[] = [];
  #againAtMs = Infinity;
  #looking = false;

  constructor(options: StoredWaitsOptions) {
    this.#options = options;
  }

  /** These limits have changed or are over. */
  lookAgain(isMeant: IsMeant): void {
    if (this.#options.store === undefined) return;
    this.#asked.push(isMeant);
    this.#again.push(isMeant);
    this.#start();
  }

  onAlarm(): void {
    const { clock, alarm } = this.#options;
    if (this.#againAtMs === Infinity) return;
    if (clock.monotonic() < this.#againAtMs) {
      alarm.by(this.#againAtMs);
      return;
    }
    this.#againAtMs = Infinity;
    this.#asked.push(...this.#again.splice(0));
    this.#start();
  }

  #start(): void {
    const { store, background } = this.#options;
    if (this.#looking || this.#asked.length === 0 || store === undefined) return;
    this.#looking = true;
    background.run(this.#look(store));
  }

  /** Never rejects. */
  async #look(store: StoredWaitsAccess): Promise<void> {
    const { clock, alarm, log } = this.#options;
    const asked = this.#asked.splice(0);
    try {
      const limits = await store.limitsWaitedFor();
      const meant = limits.filter((words) => asked.some((isMeant) => isMeant(words)));
      if (meant.length > 0) await store.endWaits(meant, clock.now());
    } catch (error) {
      log.debug('what waits for limits was not looked at', { reason: String(error) });
      this.#again.push(...asked);
    }
    this.#looking = false;
    if (this.#asked.length > 0) this.#start();
    if (this.#again.length === 0) return;
    this.#againAtMs = clock.monotonic() + AGAIN_MS;
    alarm.by(this.#againAtMs);
  }
}
