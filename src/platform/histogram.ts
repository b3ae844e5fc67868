/**
 * Counts values into fixed ranges, for the histograms of /metrics. Each thread fills its own; what crosses to another
 * thread is a {@link HistogramFigures}. Counting costs some tens of nanoseconds and allocates nothing.
 */

/** Plain data. `counts` has one number more than `bounds`: what was greater than the last bound. */
export interface HistogramFigures {
  /** Upper bounds, inclusive, rising. */
  readonly bounds: readonly number[];
  /** Values in each range, not cumulative. */
  readonly counts: readonly number[];
  readonly sum: number;
}

export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** A negative value, as a clock that was set back gives, counts as 0. */
  observe(value: number): void {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? 0)) index++;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    if (value > 0) this.#sum += value;
  }

  figures(): HistogramFigures {
    return { bounds: this.#bounds, counts: [...this.#counts], sum: this.#sum };
  }
}

/** Seconds of what is over in a moment: a reply, a request, a commit. */
export const MOMENT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Seconds of what others take their time for: a session, an attempt. */
export const DIALOGUE_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600];
/** Seconds from a moment to the days that a message may wait. */
export const WAIT_SECONDS = [
  0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 43_200, 86_400, 345_600,
];
