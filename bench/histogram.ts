/**
 * Latencies by the thousand without keeping them: logarithmic buckets one per cent wide, so that a quantile is
 * off by at most one per cent at any size. Plain numbers inside, so it crosses a process boundary as JSON.
 */

const GROWTH = 1.01;
const LOG_GROWTH = Math.log(GROWTH);
/** From 1 µs to over an hour. */
const BUCKETS = 2_300;

/** Quantiles in microseconds; all 0 when nothing was recorded. */
export interface LatencySummary {
  readonly count: number;
  readonly meanUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
}

export class Histogram {
  readonly #buckets = new Uint32Array(BUCKETS);
  #count = 0;
  #sumUs = 0;
  #maxUs = 0;

  record(durationUs: number): void {
    const bucket = durationUs <= 1 ? 0 : Math.min(BUCKETS - 1, Math.floor(Math.log(durationUs) / LOG_GROWTH));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count++;
    this.#sumUs += durationUs;
    if (durationUs > this.#maxUs) this.#maxUs = durationUs;
  }

  /** The upper edge of the bucket in which the share `quantile` (0..1) of all records is reached. */
  quantileUs(quantile: number): number {
    if (this.#count === 0) return 0;
    const wanted = Math.ceil(quantile * this.#count);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#buckets[bucket] ?? 0;
      if (seen >= wanted) return Math.min(this.#maxUs, GROWTH ** (bucket + 1));
    }
    return this.#maxUs;
  }

  summary(): LatencySummary {
    return {
      count: this.#count,
      meanUs: this.#count === 0 ? 0 : this.#sumUs / this.#count,
      p50Us: this.quantileUs(0.5),
      p99Us: this.quantileUs(0.99),
      p999Us: this.quantileUs(0.999),
      maxUs: this.#maxUs,
    };
  }
}
