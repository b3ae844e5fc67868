/** Messages a second to one site. Unused pace is valid for one second. */
export class Pace {
  readonly #perSecond: number | undefined;
  #nextStartMs = -Infinity;

  /** `undefined`: as fast as the site answers. */
  constructor(perSecond: number | undefined) {
    this.#perSecond = perSecond;
  }

  /** Monotonic; the next message may start then. */
  get nextStartMs(): number {
    return this.#nextStartMs;
  }

  /** A message starts at `nowMs` (monotonic). */
  started(nowMs: number): void {
    if (this.#perSecond === undefined) return;
    this.#nextStartMs = Math.max(this.#nextStartMs, nowMs - 1_000) + 1_000 / this.#perSecond;
  }
}
