/**
 * What a node was given of a window that several nodes share. Within its part it asks at once; for more it asks a moment
 * later, so that others have theirs first, and what they do not want is its own. Times are monotonic.
 */

/** Clocks of nodes are not further apart, mostly; and no part of a window that matters. */
const LONGEST_YIELD_MS = 5_000;

interface Given {
  readonly count: number;
  /** It counts in the window until then. */
  readonly untilMs: number;
}

export class PartOfWindow {
  readonly #limit: number;
  readonly #nodes: () => number;
  readonly #yieldMs: number;
  /** By slot. */
  readonly #given = new Map<number, Given>();
  #givenAtMs = -Infinity;

  /** `slotMs`: what is given within one is free again at the same time. `nodes`: how many share it; of one all is its part. */
  constructor(limit: number, slotMs: number, nodes: () => number) {
    this.#limit = limit;
    this.#nodes = nodes;
    this.#yieldMs = Math.min(slotMs, LONGEST_YIELD_MS);
  }

  /** When the store may be asked, which has none before `emptyUntilMs`; at the earliest now. */
  askAtMs(nowMs: number, emptyUntilMs: number): number {
    const atMs = Math.max(nowMs, emptyUntilMs);
    if (this.roomAt(atMs) > 0) return atMs;
    return Math.max(atMs, Math.max(emptyUntilMs, this.#givenAtMs) + this.#yieldMs);
  }

  /** How many are left of its part; `Infinity`: there is no other node. */
  roomAt(atMs: number): number {
    const nodes = this.#nodes();
    if (nodes <= 1) return Infinity;
    let room = Math.max(1, Math.floor(this.#limit / nodes));
    for (const { count, untilMs } of this.#given.values()) if (untilMs > atMs) room -= count;
    return room;
  }

  /** The store gave so many of a slot, which count until then. */
  gave(
    slot: number,
    count: number,
    { nowMs, untilMs }: { readonly nowMs: number; readonly untilMs: number },
  ): void {
    this.#givenAtMs = nowMs;
    for (const [old, given] of this.#given) if (given.untilMs <= nowMs) this.#given.delete(old);
    this.#given.set(slot, { count: count + (this.#given.get(slot)?.count ?? 0), untilMs });
  }

  /** They go back unused. */
  wentBack(slot: number, count: number): void {
    const given = this.#given.get(slot);
    if (given !== undefined) this.#given.set(slot, { ...given, count: given.count - count });
  }
}
