/** Requests by status class, and how long they took, for /metrics. */
import { Histogram, MOMENT_SECONDS, type HistogramFigures } from '../platform/histogram.ts';

export const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const;
type StatusClass = (typeof STATUS_CLASSES)[number];

export class RequestCounter {
  readonly #counts = new Map<string, number>();
  readonly #durations: Readonly<Record<string, Histogram>> = Object.fromEntries(
    STATUS_CLASSES.map((name) => [name, new Histogram(MOMENT_SECONDS)]),
  );
  #seconds = 0;

  /** `stream`: it lasted for as long as its client listened. */
  count(status: number, elapsedMs: number, stream = false): void {
    const name = `${Math.floor(status / 100)}xx`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    this.#seconds += elapsedMs / 1000;
    if (!stream) this.#durations[name]?.observe(elapsedMs / 1000);
  }

  of(statusClass: StatusClass): number {
    return this.#counts.get(statusClass) ?? 0;
  }

  durations(statusClass: StatusClass): HistogramFigures {
    return (this.#durations[statusClass] ?? new Histogram(MOMENT_SECONDS)).figures();
  }

  get seconds(): number {
    return this.#seconds;
  }
}
