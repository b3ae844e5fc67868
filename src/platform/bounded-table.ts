/**
 * A map of bounded size, for counters and cached answers under keys that strangers choose (addresses, user names,
 * domains). Entries leave by least recent use alone; there is no clock.
 */
import { assert } from './assert.ts';

/** A map of at most `capacity` entries; the least recently used is dropped first. */
export class BoundedTable<Value> {
  readonly capacity: number;
  readonly #entries = new Map<string, Value>();

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
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.capacity) return;
    const oldest = this.#entries.keys().next();
    if (oldest.done !== true) this.#entries.delete(oldest.value);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
