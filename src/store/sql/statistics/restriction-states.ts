/**
 * Restrictions of accounts and streams, cached between two reads of the database: mail passes, is paced or is held, so that
 * accepting reads memory only.
 */
import type { HealthLevel } from '../../../policy/health.ts';
import { LONGEST_PACE_MS, type Paces } from './paces.ts';

/** The restriction of a new delivery: passes now, is held, or passes later. */
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
  readonly #paces: Paces;

  /** `paces` are kept when the rows are read again. */
  constructor(rows: readonly RestrictionRow[], paces: Paces) {
    const states = new Map<string, RestrictionRow>();
    for (const row of rows) {
      const key = stateKey(row.account_id, row.stream);
      if (states.get(key)?.level !== 'hold') states.set(key, row);
    }
    this.#states = states;
    this.#paces = paces;
  }

  /**
   * The restriction of `deliveries` more of the stream, accepted now; they take their places in the pace. `undo` receives the
   * function that releases the places.
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
      if (state.per_minute === null) continue;
      dueAtMs = Math.max(dueAtMs, this.#paces.take(key, state.per_minute, deliveries, nowMs, undo));
    }
    if (dueAtMs > nowMs + LONGEST_PACE_MS) return HOLD;
    return dueAtMs > nowMs ? { kind: 'later', dueAtMs } : NO_RESTRICTION;
  }

  isHeld(accountKey: number, stream: string): boolean {
    if (this.#states.size === 0) return false;
    return ['', stream].some((scope) => this.#states.get(stateKey(accountKey, scope))?.level === 'hold');
  }
}

function stateKey(accountKey: number, stream: string): string {
  return `${accountKey} ${stream}`;
}
