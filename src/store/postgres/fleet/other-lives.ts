/**
 * Decides which lives of other nodes are over. No two clocks are compared: a life is over when this process has seen its
 * lease unchanged for the length of a lease by its own clock. The owner counts from the moment when it requested the renewal,
 * which was earlier, and subtracts a margin, so it has stopped before. Pure.
 *
 * A jump of the server's clock, or the clock of another server after a failover, ends nobody; a renewal that a failover lost
 * is only seen as a change.
 */

export interface SeenLease {
  readonly life: number;
  /** The lease in the database: any change of it is a renewal. */
  readonly until: number;
}

/** A lease, and when it was first seen with this value. */
interface Watched {
  readonly until: number;
  readonly sinceMs: number;
}

export class OtherLives {
  readonly #leaseMs: number;
  #watched = new Map<number, Watched>();

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /**
   * Returns the lives that are over. `leases`: of all lives of others that have not been ended, requested at `askedMs`,
   * answered at `answeredMs` (monotonic).
   */
  observe(
    leases: readonly SeenLease[],
    { askedMs, answeredMs }: { readonly askedMs: number; readonly answeredMs: number },
  ): readonly SeenLease[] {
    const watched = new Map<number, Watched>();
    const over: SeenLease[] = [];
    for (const lease of leases) {
      const before = this.#watched.get(lease.life);
      const unchanged = before?.until === lease.until ? before : undefined;
      watched.set(lease.life, unchanged ?? { until: lease.until, sinceMs: answeredMs });
      if (unchanged !== undefined && askedMs - unchanged.sinceMs >= this.#leaseMs) over.push(lease);
    }
    this.#watched = watched;
    return over;
  }

  /** Milliseconds until the first of them is over, unless it is renewed; `Infinity`: there is none. */
  nextOverInMs(nowMs: number): number {
    const overAtMs = [...this.#watched.values()].map(({ sinceMs }) => sinceMs + this.#leaseMs);
    return Math.min(Infinity, ...overAtMs) - nowMs;
  }
}
