/** When something happened, for counting in windows; what is older than the longest window is forgotten. World time. */

export class Timeline {
  readonly #keptMs: number;
  #timesMs: number[] = [];
  #first = 0;

  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  add(atMs: number): void {
    this.#timesMs.push(atMs);
    while ((this.#timesMs[this.#first] ?? Infinity) <= atMs - this.#keptMs) this.#first++;
    if (this.#first < 1_000) return;
    this.#timesMs = this.#timesMs.slice(this.#first);
    this.#first = 0;
  }

  /** In (`fromMs`, `toMs`]. */
  within(fromMs: number, toMs: number): number {
    const times = this.#timesMs;
    let count = 0;
    for (let at = times.length - 1; at >= this.#first && (times[at] as number) > fromMs; at--)
      if ((times[at] as number) <= toMs) count++;
    return count;
  }

  /** The most in any window of that length that ends in [`fromMs`, `toMs`]. */
  mostWithin(windowMs: number, fromMs: number, toMs: number): number {
    let most = this.within(fromMs - windowMs, fromMs);
    for (let at = this.#first; at < this.#timesMs.length; at++) {
      const atMs = this.#timesMs[at] as number;
      if (atMs > fromMs && atMs <= toMs) most = Math.max(most, this.within(atMs - windowMs, atMs));
    }
    return most;
  }

  clear(): void {
    this.#timesMs = [];
    this.#first = 0;
  }
}
