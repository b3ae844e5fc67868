/**
 * How long deliveries wait at most that each have a time of their own. What a limit promises may come true earlier: others end
 * before their turn, or an operator raises the limit. So they are looked at again within ten minutes; where there are so many
 * that this would be more than a few looks a second, later.
 */
const SHORTEST_MS = 600_000;
/** A day, and what a window of a day takes longer. */
const LONGEST_MS = 25 * 3_600_000;
const LOOKS_A_SECOND = 10;

export class LooksAhead {
  /** Monotonic. */
  #sinceMs = -Infinity;
  #given = 0;
  #before = 0;

  /** The longest wait of one more, in milliseconds. `nowMs` is monotonic. */
  next(nowMs: number): number {
    if (nowMs - this.#sinceMs >= SHORTEST_MS) {
      this.#before = nowMs - this.#sinceMs < 2 * SHORTEST_MS ? this.#given : 0;
      this.#sinceMs = nowMs;
      this.#given = 0;
    }
    this.#given++;
    const many = Math.max(this.#before, this.#given);
    return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (many / LOOKS_A_SECOND) * 1_000));
  }
}
