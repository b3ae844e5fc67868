/**
 * How much of the room for deliveries of an account in a destination is for bulk while other mail of the account waits with it:
 * a quarter, carried over from claim to claim, so that claims of one delivery give bulk its share too. Bounded in memory.
 */

/** One of so many is bulk's. */
export const BULK_TURN = 4;
/** Remembered remainders; beyond that they are forgotten, which costs bulk a turn. */
const MOST_REMAINDERS = 20_000;

export class BulkShares {
  readonly #left = new Map<string, number>();

  /** Of `room` deliveries the ones that bulk gets. */
  of(destination: number, account: number, room: number): number {
    const key = `${destination} ${account}`;
    const due = (this.#left.get(key) ?? 0) + room;
    if (this.#left.size >= MOST_REMAINDERS) this.#left.clear();
    this.#left.set(key, due % BULK_TURN);
    return Math.floor(due / BULK_TURN);
  }
}
