/**
 * A map from numbers to objects of which each stays for a moment, as long as one message does. As a Map it would move whatever
 * passes through it to the old generation (slots.ts says why); here the table that V8 replaces again and again has numbers alone.
 */
import { Slots, type Slotted } from './slots.ts';

interface Entry<Value> extends Slotted {
  readonly value: Value;
}

export class PassingMap<Value> {
  readonly #slotOf = new Map<number, number>();
  readonly #entries = new Slots<Entry<Value>>();

  get size(): number {
    return this.#slotOf.size;
  }

  /** In the order in which they were set. */
  keys(): Iterable<number> {
    return this.#slotOf.keys();
  }

  /** In no particular order; the present one may be deleted meanwhile. */
  *values(): Generator<Value> {
    for (const { value } of this.#entries) yield value;
  }

  get(key: number): Value | undefined {
    const slot = this.#slotOf.get(key);
    return slot === undefined ? undefined : this.#entries.get(slot)?.value;
  }

  set(key: number, value: Value): void {
    this.delete(key);
    this.#slotOf.set(key, this.#entries.add((slot) => ({ slot, value })).slot);
  }

  delete(key: number): void {
    const slot = this.#slotOf.get(key);
    if (slot === undefined) return;
    this.#slotOf.delete(key);
    const entry = this.#entries.get(slot);
    if (entry !== undefined) this.#entries.delete(entry);
  }
}
