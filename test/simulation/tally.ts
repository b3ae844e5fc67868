/** Counts by name; a name that counts nothing takes no room. */
export class Tally {
  readonly #counts = new Map<string, number>();

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** The new count. */
  add(name: string, change: number): number {
    const sum = this.of(name) + change;
    if (sum === 0) this.#counts.delete(name);
    else this.#counts.set(name, sum);
    return sum;
  }
}
