/**
 * A map of bounded size, for counters and cached answers under keys that strangers choose (addresses, user names,
 * domains). Entries leave by least recent use alone; there is no clock.
 */
import { assert } from './assert.ts';

/** A map of at most `capacity` entries; the least recently used is dropped first. */
export class BoundedTable<Value> {
  readonly capacity: number;
  readonly #entries = new Map<string, Value>();
  /** Its entry is the last, so another use of it moves nothing: keys are often used several times in a row. */
  #newest: string | undefined;

  constructor(capacity: number) {
    assert(Number.isInteger(capacity) && capacity > 0, 'a table holds at least one entry');
    this.capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value; counts as a use. */
  get(key: string): Value | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined && key !== this.#newest) this.#moveToEnd(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    if (key === this.#newest) this.#entries.set(key, value);
    else this.#moveToEnd(key, value);
    if (this.#entries.size <= this.capacity) return;
    const oldest = this.#entries.keys().next();
    if (oldest.done !== true) this.#entries.delete(oldest.value);
  }

  /** The least recently used first; counts as no use. */
  entries(): Iterable<readonly [string, Value]> {
    return this.#entries.entries();
  }

  delete(key: string): void {
    this.#entries.delete(key);
    if (key === this.#newest) this.#newest = undefined;
  }

  #moveToEnd(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    this.#newest = key;
  }
}
