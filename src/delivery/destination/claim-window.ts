/**
 * How many deliveries of one destination may be claimed at a time: about as many as it sends in a moment. Owned by the
 * scheduler alone, which reports when the window is full and when it may have drained; the pace in between makes it grow or
 * shrink.
 */

/** A destination that drains half of its window faster than this gets a larger one, slower than that a smaller one. */
const FAST_MS = 500;
const SLOW_MS = 2_000;
const LEAST_WINDOW = 20;

export class ClaimWindow {
  #size: number;
  #full = false;
  #heldToFew = false;
  /** Monotonic. */
  #fullSinceMs = -Infinity;

  constructor(size: number) {
    this.#size = size;
  }

  /** Deliveries. */
  get size(): number {
    return this.#size;
  }

  /** As much is claimed as may be; nothing more is until it has drained. `nowMs` is monotonic. */
  filled(nowMs: number): void {
    if (this.#full) return;
    this.#full = true;
    this.#fullSinceMs = nowMs;
  }

  /** It holds a few, and nothing more is claimed until all of them are settled. That they are gone soon says nothing of its pace. */
  holdToFew(): void {
    this.#heldToFew = true;
  }

  /** It was full, and at most half of it, `claimed` deliveries, is left; or it was held to a few, and none is. */
  hasDrained(claimed: number): boolean {
    return (this.#full && claimed * 2 <= this.#size) || (this.#heldToFew && claimed === 0);
  }

  /** More may be claimed, up to as much as the pace so far is worth; never beyond `largest`. `nowMs` is monotonic. */
  reopen(nowMs: number, largest: number): void {
    const measured = this.#full;
    this.#full = false;
    this.#heldToFew = false;
    if (!measured) return;
    const drainedMs = nowMs - this.#fullSinceMs;
    if (drainedMs < FAST_MS) this.#size = Math.min(this.#size * 2, largest);
    else if (drainedMs > SLOW_MS)
      this.#size = Math.max(Math.min(this.#size, LEAST_WINDOW), Math.floor(this.#size / 2));
  }

  /** Memory is nearly full: no more than `size` from now on. */
  shrinkTo(size: number): void {
    this.#size = Math.min(this.#size, size);
  }
}
