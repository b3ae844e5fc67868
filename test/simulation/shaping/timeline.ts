/** When something happened, for counting in windows; what is older than the longest window is forgotten. World time. */

export class Timeline {
  readonly #keptMs: number;
  #timesMs: number[] = [];
  #first = 0;

  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  /** Mostly the latest: what is found out later to count has its place among the others. */
  add(atMs: number): void {
    const times = this.#timesMs;
    let place = times.length;
    while (place > this.#first && (times[place - 1] as number) > atMs) place--;
    times.splice(place, 0, atMs);
    while ((this.#timesMs[this.#first] ?? Infinity) <= atMs - this.#keptMs) this.#first++;
    if (this.#first < 1_000) return;
    this.#timesMs = this.#timesMs.slice(this.#first);
    this.#first = 0;
  }

  /** In (`fromMs`, `toMs`]. */
  within(fromMs: number, toMs: number): number {
    return Math.max(0, this.#countUpTo(toMs) - this.#countUpTo(fromMs));
  }

  /** The most in any window of that length that ends in [`fromMs`, `toMs`]. */
  mostWithin(windowMs: number, fromMs: number, toMs: number): number {
    let most = this.within(fromMs - windowMs, fromMs);
    const times = this.#timesMs;
    const end = this.#countUpTo(toMs);
    let begin = this.#first;
    for (let at = this.#countUpTo(fromMs); at < end; at++) {
      while ((times[begin] as number) <= (times[at] as number) - windowMs) begin++;
      most = Math.max(most, at + 1 - begin);
    }
    return most;
  }

  /** The index behind the last that was not later. */
  #countUpTo(atMs: number): number {
    const times = this.#timesMs;
    let low = this.#first;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] as number) <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  clear(): void {
    this.#timesMs = [];
    this.#first = 0;
  }
}
