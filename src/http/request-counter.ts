/** Requests by status class and their total time, for /metrics. */

export const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const;

export class RequestCounter {
  readonly #counts = new Map<string, number>();
  #seconds = 0;

  count(status: number, elapsedMs: number): void {
    const name = `${Math.floor(status / 100)}xx`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    this.#seconds += elapsedMs / 1000;
  }

  of(statusClass: (typeof STATUS_CLASSES)[number]): number {
    return this.#counts.get(statusClass) ?? 0;
  }

  get seconds(): number {
    return this.#seconds;
  }
}
