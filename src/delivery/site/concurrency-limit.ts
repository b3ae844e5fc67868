/**
 * How many connections one site may have, found by trial: the limit grows by one after as many successful transactions as
 * it allows, and is halved when the remote refuses for excess. Never below one.
 */

/** After a halving the limit stays for a while: the remote counts over minutes, not over replies. */
const HOLD_MS = 60_000;
/** Replies of the same moment answer the same load; only the first of them counts. */
const SAME_MOMENT_MS = 5_000;

export class ConcurrencyLimit {
  #limit: number;
  readonly #most: () => number;
  #successes = 0;
  #holdUntilMs = -Infinity;
  #halvedAtMs = -Infinity;

  /** `most`: never more than that. It may change. */
  constructor(first: number, most: () => number) {
    this.#most = most;
    this.#limit = Math.max(1, first);
  }

  /** Connections allowed now; at least 1. */
  get value(): number {
    return Math.max(1, Math.min(this.#limit, this.#most()));
  }

  /** A transaction went through. `nowMs` is monotonic. */
  succeeded(nowMs: number): void {
    if (this.#limit >= this.#most() || nowMs < this.#holdUntilMs) return;
    if (++this.#successes < this.value) return;
    this.#successes = 0;
    this.#limit++;
  }

  /** The remote asked to slow down. */
  rateLimited(nowMs: number): void {
    if (nowMs - this.#halvedAtMs < SAME_MOMENT_MS) return;
    this.#halvedAtMs = nowMs;
    this.#holdUntilMs = nowMs + HOLD_MS;
    this.#successes = 0;
    this.#limit = Math.max(1, Math.floor(this.value / 2));
  }

  /** One more than the `open` connections was refused while those went on working. */
  refused(open: number, nowMs: number): void {
    this.#holdUntilMs = nowMs + HOLD_MS;
    this.#successes = 0;
    this.#limit = Math.max(1, Math.min(this.#limit, open));
  }
}
