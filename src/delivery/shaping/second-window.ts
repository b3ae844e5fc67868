/**
 * Messages in a sliding second, exactly: no second, wherever it begins, has more than the limit. Of several nodes each has
 * its part; where that is less than one, one for as many seconds as it takes.
 */
import { Line } from './line.ts';
import type { RateLimit } from './rate-limit.ts';

const SECOND_MS = 1_000;

export class SecondWindow implements RateLimit {
  readonly words: string;
  readonly ofSender: boolean;
  readonly limit: number;
  readonly isOff = false;
  readonly line = new Line();
  readonly #nodes: () => number;
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
    this.#begun = new Float64Array(limit).fill(-Infinity);
    for (const atMs of before === undefined ? [] : before.#last(limit)) this.take(atMs);
  }

  waitMs(nowMs: number): number {
    return Math.max(0, this.#freeAtMs(1) - nowMs);
  }

  roomForMs(nowMs: number, count: number): number {
    return count > this.#part ? Infinity : Math.max(0, this.#freeAtMs(count) - nowMs);
  }

  turnMs(nowMs: number, before: number): number {
    return this.waitMs(nowMs) + Math.floor(before / this.#part) * this.#windowMs;
  }

  /** Of this node. */
  get #part(): number {
    return Math.max(1, Math.floor(this.limit / Math.max(1, this.#nodes())));
  }

  get #windowMs(): number {
    const nodes = this.#nodes();
    return nodes > this.limit ? (SECOND_MS * nodes) / this.limit : SECOND_MS;
  }

  /** So many may begin, of the part at most. */
  #freeAtMs(count: number): number {
    const before = this.#count - this.#part + count - 1;
    return before < 0 ? -Infinity : (this.#begun[before % this.#begun.length] ?? -Infinity) + this.#windowMs;
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
    if (!this.line.isIdle(nowMs)) return false;
    return this.#count === 0 || nowMs - (last ?? -Infinity) > SECOND_MS * this.#nodes();
  }
}
