/**
 * Where a claim goes on among the deliveries of a destination that have expired untried: most of them end as soon as they are
 * claimed, but what a limit has kept from its only try goes back, and must not be claimed again and again before all others.
 * So they have half of a claim's room, and each claim goes on where the last one ended. Bounded in memory.
 */

/** Destinations that are remembered; beyond that all begin anew. */
const MOST = 20_000;

export class ExpiryTurns {
  readonly #after = new Map<number, number>();

  /** Of the room that is left for a destination. */
  shareOf(room: number): number {
    return Math.ceil(room / 2);
  }

  /** Those that ended later come next. */
  after(destination: number): number {
    return this.#after.get(destination) ?? -1;
  }

  /** `lastMs`: when the last of those ended that were claimed; `undefined`: there are no more, and the first comes next. */
  claimed(destination: number, lastMs: number | undefined): void {
    if (lastMs === undefined) this.#after.delete(destination);
    else {
      if (this.#after.size >= MOST) this.#after.clear();
      this.#after.set(destination, lastMs);
    }
  }
}
