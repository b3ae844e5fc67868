/**
 * What accounts and streams are under: mail let through, paced or held. Read once, and again when it, or the database,
 * changed, so that accepting asks the memory only. The pace of a throttled one is kept in memory: a restart forgets it.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { HealthLevel } from '../../../policy/health.ts';
import type { HealthChange } from '../../health.ts';
import type { Participant, Transaction } from '../engine/transaction.ts';
import { NamedStatement, pluck, prepare } from '../engine/prepare.ts';
import { HOUR_MS, hourOf } from '../../sql/statistics/hours.ts';

/** A throttled delivery that would wait longer than this is held. */
const LONGEST_PACE_MS = 24 * HOUR_MS;
/** Subjects whose pace is remembered; beyond that they start afresh. */
const PACES_LIMIT = 10_000;

/** What a new delivery is under: let through, kept, or let through later. */
export type Restriction =
  | { readonly kind: 'none' }
  | { readonly kind: 'hold' }
  | { readonly kind: 'later'; readonly dueAtMs: number };

interface StateRow {
  readonly account_id: number;
  readonly stream: string;
  readonly level: HealthLevel;
  readonly per_minute: number | null;
}

/** A state that a person lifted; `stream` is empty for the whole account. */
export interface LiftedRow {
  readonly accountKey: number;
  readonly stream: string;
  readonly level: HealthLevel;
}

const NO_RESTRICTION: Restriction = { kind: 'none' };
const HOLD: Restriction = { kind: 'hold' };

/** Of which account and stream; `null`: whatever one. */
interface Lifting {
  readonly account: number | null;
  readonly stream: string | null;
}

export class Restrictions implements Participant {
  readonly #transaction: Transaction;
  readonly #selectStates: Statement<[], StateRow>;
  readonly #levelOf: Statement<[number, string], HealthLevel>;
  readonly #putState: NamedStatement<{
    account: number;
    stream: string;
    level: HealthLevel;
    reason: string;
    pace: number | undefined;
    since: number;
  }>;
  readonly #selectLifted: Statement<[Lifting], LiftedRow>;
  readonly #release: Statement<[Lifting & { readonly since: number; readonly countsFrom: number }]>;
  #states: ReadonlyMap<string, StateRow> | undefined;
  /** When the next delivery of a throttled account or stream may go. */
  readonly #paces = new Map<string, number>();

  constructor(db: Database, transaction: Transaction) {
    this.#transaction = transaction;
    this.#selectStates = prepare(
      db,
      "SELECT account_id, stream, level, per_minute FROM health_state WHERE level IN ('throttle', 'hold')",
    );
    this.#levelOf = pluck(db, 'SELECT level FROM health_state WHERE account_id = ? AND stream = ?');
    this.#selectLifted = prepare(
      db,
      `SELECT account_id AS accountKey, stream, level FROM health_state
      WHERE level != 'good' AND (@account IS NULL OR account_id = @account) AND (@stream IS NULL OR stream = @stream)`,
    );
    this.#putState = new NamedStatement(
      db,
      `INSERT INTO health_state (account_id, stream, level, reason, per_minute, since, counts_from)
      VALUES (:account, :stream, :level, :reason, :pace, :since, 0)
      ON CONFLICT (account_id, stream) DO UPDATE SET level = excluded.level, reason = excluded.reason,
      per_minute = excluded.per_minute, since = excluded.since`,
    );
    this.#release = prepare(
      db,
      `UPDATE health_state SET level = 'good', reason = '', per_minute = NULL, since = @since, counts_from = @countsFrom
      WHERE level != 'good' AND (@account IS NULL OR account_id = @account) AND (@stream IS NULL OR stream = @stream)`,
    );
    transaction.join(this);
  }

  /** What a delivery of the stream is under, were it accepted now. */
  restrictionOf(accountKey: number, stream: string, deliveries: number, nowMs: number): Restriction {
    const states = (this.#states ??= this.#readStates());
    if (states.size === 0) return NO_RESTRICTION;
    let dueAtMs = 0;
    for (const scope of ['', stream]) {
      const state = states.get(stateKey(accountKey, scope));
      if (state === undefined) continue;
      if (state.level === 'hold') return HOLD;
      dueAtMs = Math.max(dueAtMs, this.#pace(stateKey(accountKey, scope), state, deliveries, nowMs));
    }
    if (dueAtMs > nowMs + LONGEST_PACE_MS) return HOLD;
    return dueAtMs > nowMs ? { kind: 'later', dueAtMs } : NO_RESTRICTION;
  }

  isHeld(accountKey: number, stream: string): boolean {
    const states = (this.#states ??= this.#readStates());
    if (states.size === 0) return false;
    return ['', stream].some((scope) => states.get(stateKey(accountKey, scope))?.level === 'hold');
  }

  /** What it was under before. */
  set(
    accountKey: number,
    { stream, level, reason, perMinute, atMs }: Omit<HealthChange, 'accountId'>,
  ): HealthLevel {
    const before = this.#levelOf.get(accountKey, stream) ?? 'good';
    const since = Math.round(atMs);
    this.#putState.run({ account: accountKey, stream, level, reason, pace: perMinute, since });
    this.#changed();
    return before;
  }

  /** What was lifted. `undefined`: whatever account, whatever stream. */
  release(accountKey: number | undefined, stream: string | undefined, nowMs: number): readonly LiftedRow[] {
    const lifting: Lifting = { account: accountKey ?? null, stream: stream ?? null };
    const lifted = this.#selectLifted.all(lifting);
    this.#release.run({ ...lifting, since: Math.round(nowMs), countsFrom: hourOf(nowMs) + 1 });
    this.#changed();
    return lifted;
  }

  onForeignChange(): void {
    this.#states = undefined;
  }

  /** Evenly spaced from now on; what was spaced before a restart is not remembered. */
  #pace(key: string, { per_minute: perMinute }: StateRow, deliveries: number, nowMs: number): number {
    if (perMinute === null) return nowMs;
    if (this.#paces.size > PACES_LIMIT) this.#paces.clear();
    const before = this.#paces.get(key);
    const slotMs = Math.max(nowMs, before ?? 0);
    if (slotMs <= nowMs + LONGEST_PACE_MS) {
      this.#paces.set(key, slotMs + (deliveries * 60_000) / perMinute);
      this.#transaction.undo.record(() => {
        if (before === undefined) this.#paces.delete(key);
        else this.#paces.set(key, before);
      });
    }
    return Math.round(slotMs);
  }

  #readStates(): ReadonlyMap<string, StateRow> {
    return new Map(
      this.#selectStates.all().map((row) => [stateKey(row.account_id, row.stream), row] as const),
    );
  }

  /** What was read is old, and would be again if this is rolled back. */
  #changed(): void {
    this.#states = undefined;
    this.#transaction.undo.record(() => {
      this.#states = undefined;
    });
  }
}

function stateKey(accountKey: number, stream: string): string {
  return `${accountKey} ${stream}`;
}
