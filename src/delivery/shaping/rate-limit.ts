/** A limit of messages in a window, or of new connections: what sites ask before something begins. Times are monotonic. */

export interface RateLimit {
  /** Of what it is, in words: `rule google: 20 messages a minute`. */
  readonly words: string;
  /** It is of an account or stream: other mail to the same destination may go. */
  readonly ofSender: boolean;
  /**
   * How long until the next one may begin; 0: now. `wanted`: how many wait. `ASKING`: the store is being asked, and whoever
   * waits is called.
   */
  waitMs(nowMs: number, wanted: number): number;
  /** One begins. To be called only where {@link waitMs} is 0. */
  take(nowMs: number): void;
  /**
   * When so many that wait in the store are looked at again, so that about as many come back as may go; by `latestMs`. What is not
   * bulk does not queue up behind bulk.
   */
  promise(nowMs: number, count: number, latestMs: number, bulk?: boolean): number;
}

/** Longer than any answer of the store takes that works. */
export const ASKING = 1_000;

/** Hands out times to what waits: a window's worth of bulk, and one of the rest, for each window; who goes then is decided then. */
export class Promises {
  readonly #bulk: Turns;
  readonly #firsts: Turns;

  constructor(limit: number, windowMs: number) {
    this.#bulk = new Turns(limit, windowMs);
    this.#firsts = new Turns(limit, windowMs);
  }

  /** Not before `freeAtMs`, when the next may begin. What comes back at `latestMs` without a place asks once more then. */
  next(freeAtMs: number, count: number, latestMs: number, bulk = false): number {
    return (bulk ? this.#bulk : this.#firsts).next(freeAtMs, count, latestMs);
  }
}

class Turns {
  readonly #limit: number;
  readonly #windowMs: number;
  #fromMs = -Infinity;
  #given = 0;

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  next(freeAtMs: number, count: number, latestMs: number): number {
    if (freeAtMs > this.#fromMs) {
      this.#fromMs = freeAtMs;
      this.#given = 0;
    }
    if (this.#given >= this.#limit) {
      const windows = Math.floor(this.#given / this.#limit);
      if (this.#fromMs + windows * this.#windowMs > latestMs) return latestMs;
      this.#fromMs += windows * this.#windowMs;
      this.#given -= windows * this.#limit;
    }
    // Of more that come back together one window's worth goes, and the rest is given another time then.
    this.#given += Math.min(count, this.#limit);
    return Math.min(this.#fromMs, latestMs);
  }
}
