/**
 * Until when what this process has claimed is its own. An engine that one process holds alone never ends it; where several
 * nodes share a store, the life of a node ends when its lease is not renewed, and others take over what it had in hand.
 */

export interface Lease {
  /**
   * Milliseconds of the monotonic clock. From then on no attempt may begin, and none may come to its end: others may have
   * taken it over. A margin for what is on its way is taken off already.
   */
  holdsUntilMs(): number;
  /** Another number than before: an earlier life was ended by others, and what was claimed in it is not ours any more. */
  readonly life: number;
  /**
   * False while an outcome waits because the store takes none: it is away, or its disk is full. What began now would have
   * nowhere to be written to.
   */
  readonly takesOutcomes: boolean;
}

/** Of a store that nobody else can use. */
export const ENDLESS_LEASE: Lease = { holdsUntilMs: () => Infinity, life: 0, takesOutcomes: true };
