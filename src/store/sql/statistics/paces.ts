/**
 * When the next delivery of each throttled account or stream may go, evenly spaced. Kept in this process alone: a restart
 * forgets it. Where several nodes share a store, each takes its part of the pace, so that together they keep to it; at most
 * one delivery of each other node comes beside it at the start.
 */
import { HOUR_MS } from './hours.ts';

/** A throttled delivery that would wait longer than this is held. */
export const LONGEST_PACE_MS = 24 * HOUR_MS;
/** Subjects whose pace is remembered; beyond that they start afresh. */
const PACES_LIMIT = 10_000;

export class Paces {
  readonly #nextMs = new Map<string, number>();
  readonly #nodes: () => number;

  /** `nodes`: how many share the pace now, this one included. */
  constructor(nodes: () => number = () => 1) {
    this.#nodes = nodes;
  }

  /** When the first of `deliveries` may go, of which all nodes may send `perMinute`. `undo` is given what gives their places back. */
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
      // Others may have taken places behind these meanwhile.
      undo(() => paces.set(subject, (paces.get(subject) ?? slotMs + takenMs) - takenMs));
    }
    return Math.round(slotMs);
  }
}
