/**
 * The limits that hosts and credentials have of all nodes together, as they hold at a moment: a node that came, went or was
 * cut off is known to the others a renewal later, and what it had begun goes on for a while.
 */
import type { DeliveryLimits } from '../../../src/delivery/limits.ts';
import type { AccountPlan } from '../plan.ts';
import type { Promises } from '../promises.ts';
import type { SimulatedTime } from '../simulated-time.ts';

/** A renewal, and sessions that were open then. */
const KNOWN_MS = 30_000;
const MINUTE_MS = 60_000;
/** Of a minute's rate (intake/shared-rates.ts). */
const BLOCKS_A_MINUTE = 20;

export class FleetLimits {
  readonly #limits: DeliveryLimits;
  readonly #time: SimulatedTime;
  readonly #promises: Promises;
  readonly #nodes: number;
  /** A node stands still or is cut off: others count without it, and its connections are open. */
  readonly #isTroubled: () => boolean;
  readonly #passed = new Map<string, number[]>();
  #changedAtMs = -Infinity;
  /** World times at which the server's clock was set, which may fill a bucket. */
  readonly #filledAtMs: number[] = [];

  constructor(
    limits: DeliveryLimits,
    options: { time: SimulatedTime; promises: Promises; nodes: number; isTroubled: () => boolean },
  ) {
    const { time, promises, nodes, isTroubled } = options;
    this.#limits = limits;
    this.#time = time;
    this.#promises = promises;
    this.#nodes = nodes;
    this.#isTroubled = isTroubled;
  }

  /** Nodes came, went, or were cut off. */
  changed(): void {
    this.#changedAtMs = this.#time.elapsedMs;
  }

  serverClockJumped(): void {
    this.#filledAtMs.push(this.#time.elapsedMs);
  }

  /** For all nodes together: read at each use. */
  ofAll(): DeliveryLimits {
    const one = this.#limits;
    const nodes = this.#nodes;
    const isSteady = () => !this.#isTroubled() && this.#time.elapsedMs - this.#changedAtMs > KNOWN_MS;
    return {
      ...one,
      get maxConnectionsPerSite() {
        return isSteady() ? Math.max(one.maxConnectionsPerSite, nodes) : one.maxConnectionsPerSite * nodes;
      },
      hardConnections: one.hardConnections * nodes,
      messagesPerSecondPerSite: one.messagesPerSecondPerSite && one.messagesPerSecondPerSite * nodes,
    };
  }

  /** A message of `account` was let through by a node. */
  passedRate({ id, ratePerMinute }: AccountPlan): void {
    if (ratePerMinute === undefined) return;
    const nowMs = this.#time.elapsedMs;
    const passed = (this.#passed.get(id) ?? []).filter((atMs) => atMs > nowMs - 10 * MINUTE_MS);
    this.#passed.set(id, passed);
    passed.push(nowMs);
    const block = Math.ceil(ratePerMinute / BLOCKS_A_MINUTE);
    for (const minutes of [1, 3, 10]) {
      const sinceMs = nowMs - minutes * MINUTE_MS;
      const count = passed.filter((atMs) => atMs > sinceMs).length;
      const jumps = this.#filledAtMs.filter((atMs) => atMs > sinceMs - MINUTE_MS).length;
      // What was saved up, what came since, and a block that each node had.
      const most = ratePerMinute * (1 + jumps + minutes * 1.01) + block * this.#nodes;
      this.#promises.holds(count <= most, `${count} messages of ${id} in ${minutes} minutes, ${most} may be`);
    }
  }
}
