/**
 * What accounts and streams are under, as it is remembered between two looks at the database: mail let through, paced or
 * held, so that accepting asks the memory only. The pace of a throttled one is kept here alone: a restart forgets it.
 */
import type { HealthLevel } from '../../../policy/health.ts';
import { HOUR_MS } from './hours.ts';

/** A throttled delivery that would wait longer than this is held. */
const LONGEST_PACE_MS = 24 * HOUR_MS;
/** Subjects whose pace is remembered; beyond that they start afresh. */
const PACES_LIMIT = 10_000;

/** What a new delivery is under: let through, kept, or let through later. */
export type Restriction =
  | { readonly kind: 'none' }
  | { readonly kind: 'hold' }
  | { readonly kind: 'later'; readonly dueAtMs: number };

/** A row of `health_state` that restricts; `stream` is empty for the whole account. */
export interface RestrictionRow {
  readonly account_id: number;
  readonly stream: string;
  readonly level: HealthLevel;
  readonly per_minute: number | null;
}

const NO_RESTRICTION: Restriction = { kind: 'none' };
const HOLD: Restriction = { kind: 'hold' };

export class RestrictionStates {
  readonly #states: ReadonlyMap<string, RestrictionRow>;
  readonly #paces: Map<string, number>;

  /** `paces`: when the next delivery of each throttled account or stream may go; kept when the rows are read again. */
  constructor(rows: readonly RestrictionRow[], paces: Map<string, number>) {
    this.#states = new Map(rows.map((row) => [stateKey(row.account_id, row.stream), row] as const));
    this.#paces = paces;
  }

  /**
   * What `deliveries` more of the stream are under, were they accepted now; they take their places in the pace. `undo`
   * is given what gives the places back.
   */
  restrictionOf(
    accountKey: number,
    stream: string,
    deliveries: number,
    nowMs: number,
    undo: (step: () => void) => void,
  ): Restriction {
    if (this.#states.size === 0) return NO_RESTRICTION;
    let dueAtMs = 0;
    for (const scope of ['', stream]) {
      const key = stateKey(accountKey, scope);
      const state = this.#states.get(key);
      if (state === undefined) continue;
      if (state.level === 'hold') return HOLD;
      dueAtMs = Math.max(dueAtMs, this.#pace(key, state.per_minute, deliveries, nowMs, undo));
    }
    if (dueAtMs > nowMs + LONGEST_PACE_MS) return HOLD;
    return dueAtMs > nowMs ? { kind: 'later', dueAtMs } : NO_RESTRICTION;
  }

  isHeld(accountKey: number, stream: string): boolean {
    if (this.#states.size === 0) return false;
    return ['', stream].some((scope) => this.#states.get(stateKey(accountKey, scope))?.level === 'hold');
  }

  /** Evenly spaced from now on; what was spaced before a restart is not remembered. */
  #pace(
    key: string,
    perMinute: number | null,
    deliveries: number,
    nowMs: number,
    undo: (step: () => void) => void,
  ): number {
    if (perMinute === null) return nowMs;
    const paces = this.#paces;
    if (paces.size > PACES_LIMIT) paces.clear();
    const before = paces.get(key);
    const slotMs = Math.max(nowMs, before ?? 0);
    if (slotMs <= nowMs + LONGEST_PACE_MS) {
      paces.set(key, slotMs + (deliveries * 60_000) / perMinute);
      undo(() => {
        if (before === undefined) paces.delete(key);
        else paces.set(key, before);
      });
    }
    return Math.round(slotMs);
  }
}

function stateKey(accountKey: number, stream: string): string {
  return `${accountKey} ${stream}`;
}
