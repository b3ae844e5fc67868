/**
 * What accounts and streams are under, as it is remembered between two looks at the database: mail let through, paced or
 * held, so that accepting asks the memory only.
 */
import type { HealthLevel } from '../../../policy/health.ts';
import { LONGEST_PACE_MS, type Paces } from './paces.ts';

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
  readonly #paces: Paces;

  /** `paces` are kept when the rows are read again. */
  constructor(rows: readonly RestrictionRow[], paces: Paces) {
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
