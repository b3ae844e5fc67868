/**
 * Which lives of other nodes are over. No two clocks are compared: a life is over when its lease has stood unchanged, as
 * this process saw it, for as long as a lease lasts by this process's own clock. Its owner counts from when it asked for the
 * renewal, which was earlier, and takes a margin off; so it has stopped before. Pure.
 *
 * A server's clock that jumps, or another server's after a failover, ends nobody; a renewal that a failover lost is
 * only seen as a change.
 */

export interface SeenLease {
  readonly life: number;
  /** As it stands in the database: any change is a renewal. */
  readonly until: number;
}

/** A lease, and when it was first seen so. */
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
   * `leases`: of all lives of others that nobody has ended, asked for at `askedMs`, answered at `answeredMs` (monotonic).
   * Those that are over.
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
