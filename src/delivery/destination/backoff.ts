/**
 * The back-off of something that failed as a whole: a domain whose DNS does not answer, a site none of whose hosts accepts
 * a connection. Owns the failures in a row, the time of the next try, and the records of the last try.
 */
import { destinationBackoffMs, isLeftAlone } from '../../policy/retry.ts';
import type { AttemptRecord } from '../../store/delivery-records.ts';

export class Backoff {
  #failures = 0;
  #untilMs = -Infinity;
  #lastFailure: AttemptRecord | undefined;
  #lastTry: readonly AttemptRecord[] = [];

  /** In a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Epoch milliseconds; not tried before. */
  get untilMs(): number {
    return this.#untilMs;
  }

  /** For those that expire while it lasts. */
  get lastFailure(): AttemptRecord | undefined {
    return this.#lastFailure;
  }

  /** All of that try, an attempt for each address; empty when every message tells of it by itself. */
  get lastTry(): readonly AttemptRecord[] {
    return this.#lastTry;
  }

  /**
   * Returns the time of the next try. `tried`: what to keep of this one. `carried`: failures before those it counted
   * itself. `random` in [0, 1). One of our own says nothing of the destination: it is waited for, for as long as after
   * a first failure, and does not count.
   */
  fail(
    failure: AttemptRecord,
    tried: readonly AttemptRecord[],
    {
      nowMs,
      random,
      carried,
      counts,
    }: {
      readonly nowMs: number;
      readonly random: number;
      readonly carried: number;
      /** It counts even though it is one of our own. */
      readonly counts?: boolean;
    },
  ): number {
    const before = Math.max(this.#failures, carried);
    const isOurs = failure.localClass !== undefined && counts !== true;
    this.#failures = isOurs ? Math.max(before, 1) : before + 1;
    this.#lastFailure = failure;
    this.#lastTry = tried;
    this.#untilMs = nowMs + destinationBackoffMs(isOurs ? 1 : this.#failures, random);
    return this.#untilMs;
  }

  isBlocked(nowMs: number): boolean {
    return isLeftAlone(this.#untilMs, nowMs);
  }

  /** An operator wants a try now; the failures are remembered. */
  lift(): void {
    this.#untilMs = -Infinity;
  }

  /** It works again. */
  clear(): void {
    this.#failures = 0;
    this.#untilMs = -Infinity;
    this.#lastFailure = undefined;
    this.#lastTry = [];
  }
}
