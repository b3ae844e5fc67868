/**
 * Messages in a sliding second, exactly: no second, wherever it begins, has more than the limit. Of several nodes each has
 * its part; where that is less than one, one for as many seconds as it takes.
 */
import { Promises, type RateLimit } from './rate-limit.ts';

const SECOND_MS = 1_000;

export class SecondWindow implements RateLimit {
  readonly words: string;
  readonly ofSender: boolean;
  readonly limit: number;
  readonly #nodes: () => number;
  readonly #promises: Promises;
  /** When the last ones began, at `index % length`. */
  #begun: Float64Array;
  #count = 0;

  constructor(
    { words, ofSender }: Pick<RateLimit, 'words' | 'ofSender'>,
    limit: number,
    nodes: () => number,
    /** It counted the same with another limit: what began goes on counting. */
    before?: SecondWindow,
  ) {
    this.words = words;
    this.ofSender = ofSender;
    this.limit = limit;
    this.#nodes = nodes;
    this.#promises = new Promises(limit, SECOND_MS);
    this.#begun = new Float64Array(limit).fill(-Infinity);
    for (const atMs of before === undefined ? [] : before.#last(limit)) this.take(atMs);
  }

  waitMs(nowMs: number): number {
    const nodes = Math.max(1, this.#nodes());
    const part = Math.max(1, Math.floor(this.limit / nodes));
    const windowMs = nodes > this.limit ? (SECOND_MS * nodes) / this.limit : SECOND_MS;
    const before = this.#count - part;
    if (before < 0) return 0;
    return Math.max(0, (this.#begun[before % this.#begun.length] ?? -Infinity) + windowMs - nowMs);
  }

  /** So many at most, in order. */
  #last(most: number): number[] {
    const kept = Math.min(most, this.#count, this.#begun.length);
    const at = (index: number) => this.#begun[index % this.#begun.length] ?? -Infinity;
    return Array.from({ length: kept }, (_one, index) => at(this.#count - kept + index));
  }

  take(nowMs: number): void {
    this.#begun[this.#count++ % this.#begun.length] = nowMs;
  }

  /** Nothing is lost when it is forgotten. */
  isIdle(nowMs: number): boolean {
    const last = this.#begun[(this.#count - 1) % this.#begun.length];
    return this.#count === 0 || nowMs - (last ?? -Infinity) > SECOND_MS * this.#nodes();
  }

  promise(nowMs: number, count: number, latestMs: number, bulk = false): number {
    return this.#promises.next(nowMs + this.waitMs(nowMs), count, latestMs, bulk);
  }
}
