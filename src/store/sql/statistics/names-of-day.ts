/**
 * Names of one group of an account that have rows of their own on a day. There is room for so many; the rest are counted
 * together as others. Half of the places are kept for the largest of the day before, since who comes first after midnight is
 * chance.
 */
export class NamesOfDay {
  readonly #taken: Set<string>;
  readonly #kept: ReadonlySet<string>;
  /** Places for names that have none kept. */
  #free: number;

  /** `taken`: names that have a row. `largest`: of the day before. `limit`: places. */
  constructor(taken: Iterable<string>, largest: Iterable<string>, limit: number) {
    this.#taken = new Set(taken);
    this.#kept = new Set(largest);
    this.#free = limit - this.#kept.size - [...this.#taken].filter((name) => !this.#kept.has(name)).length;
  }

  /** Whether `name` has a row of its own; takes a place for it if it is new. `undo` is given what gives that back. */
  take(name: string, undo: (step: () => void) => void): boolean {
    if (this.#taken.has(name)) return true;
    const isKept = this.#kept.has(name);
    if (!isKept && this.#free <= 0) return false;
    this.#taken.add(name);
    if (!isKept) this.#free--;
    undo(() => {
      this.#taken.delete(name);
      if (!isKept) this.#free++;
    });
    return true;
  }
}
