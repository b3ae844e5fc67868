/**
 * How long the claims of this process are valid. An engine that belongs to one process never ends them; where several nodes
 * share a store, the life of a node ends when its lease is not renewed, and others take its claims over.
 */

export interface Lease {
  /**
   * Milliseconds of the monotonic clock. After it no attempt may begin, and none may send its final dot: others may have
   * taken it over. A margin for data in transit has been subtracted.
   */
  holdsUntilMs(): number;
  /** Changes when an earlier life was ended by others: claims of that life are no longer ours. */
  readonly life: number;
  /**
   * False while an outcome waits because the store accepts none: it is unavailable, or its disk is full. The outcome of a new
   * attempt could not be written.
   */
  readonly takesOutcomes: boolean;
}

/** Of a store that nobody else can use. */
export const ENDLESS_LEASE: Lease = { holdsUntilMs: () => Infinity, life: 0, takesOutcomes: true };
