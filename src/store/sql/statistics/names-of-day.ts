/**
 * Names of one group of an account that have rows of their own on a day. The number of places is limited; other names are
 * counted together. Half of the places are reserved for the largest names of the day before, because the order of arrival
 * after midnight is arbitrary.
 */
export class NamesOfDay {
  readonly #taken: Set<string>;
  readonly #kept: ReadonlySet<string>;
  /** Places for names without a reserved one. */
  #free: number;

  /** `taken`: names that have a row. `largest`: of the day before. `limit`: places. */
  constructor(taken: Iterable<string>, largest: Iterable<string>, limit: number) {
    this.#taken = new Set(taken);
    this.#kept = new Set(largest);
    this.#free = limit - this.#kept.size - [...this.#taken].filter((name) => !this.#kept.has(name)).length;
  }

  /** Whether `name` has a row of its own; takes a place for a new name. `undo` receives the function that releases it. */
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
