/**
 * What comes and goes with every message or request, each at the number of its slot: in place of a Map or a Set, whose order of
 * insertion nobody needs here.
 *
 * V8 gives a Map that is added to and deleted from a new table every few dozen additions, and the old table keeps its entries and
 * a link to the new one. A full collection makes the present table old; from then on each table is kept by the one before it, and
 * whatever was in them is copied to the old generation instead of being collected young (measured: 4 KB a request).
 */

/** It knows its slot, and is in one of {@link Slots} only. */
export interface Slotted {
  readonly slot: number;
}

export class Slots<T extends Slotted> {
  readonly #all: (T | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#all.length - this.#free.length;
  }

  /** `make` is given a slot that nothing else has until the result is deleted. */
  add<Made extends T>(make: (slot: number) => Made): Made {
    const slot = this.#free.pop() ?? this.#all.length;
    const made = make(slot);
    this.#all[slot] = made;
    return made;
  }

  get(slot: number): T | undefined {
    return this.#all[slot];
  }

  /** Does nothing for what is not here any more. */
  delete(one: T): void {
    const { slot } = one;
    if (this.#all[slot] !== one) return;
    this.#all[slot] = undefined;
    this.#free.push(slot);
  }

  /** In no particular order; what is in the present slot may be deleted meanwhile. */
  *[Symbol.iterator](): Generator<T> {
    for (const one of this.#all) if (one !== undefined) yield one;
  }
}
