/**
 * The next time for a delivery of each throttled account or stream, evenly spaced. Kept in this process only: a restart
 * clears it. Where several nodes share a store, each uses its share of the pace, so that all together keep it; at the start
 * each other node may add one delivery at most.
 */
import { HOUR_MS } from './hours.ts';

/** A throttled delivery that would wait longer than this is held. */
export const LONGEST_PACE_MS = 24 * HOUR_MS;
/** Maximum number of remembered paces; beyond that they are cleared. */
const PACES_LIMIT = 10_000;

export class Paces {
  readonly #nextMs = new Map<string, number>();
  readonly #nodes: () => number;

  /** `nodes`: how many nodes share the pace, including this one. */
  constructor(nodes: () => number = () => 1) {
    this.#nodes = nodes;
  }

  /**
   * The time for the first of `deliveries`; all nodes together may send `perMinute`. `undo` receives the function that
   * releases the places.
   */
  take(
    subject: string,
    perMinute: number,
    deliveries: number,
    nowMs: number,
    undo: (step: () => void) => void,
  ): number {
    const paces = this.#nextMs;
    if (paces.size > PACES_LIMIT) paces.clear();
    const slotMs = Math.max(nowMs, paces.get(subject) ?? 0);
    if (slotMs <= nowMs + LONGEST_PACE_MS) {
      const takenMs = (deliveries * this.#nodes() * 60_000) / perMinute;
      paces.set(subject, slotMs + takenMs);
      // Later places may have been taken meanwhile.
      undo(() => paces.set(subject, (paces.get(subject) ?? slotMs + takenMs) - takenMs));
    }
    return Math.round(slotMs);
  }
}
