/**
 * The SQL of health: deliveries counted by hour for account, domain, stream and destination, and what accounts and
 * streams are under. Counts gather in memory and are written once a transaction, however many deliveries it settled;
 * restrictions are read once and again when they, or the database, changed.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { HealthCounts, HealthLevel } from '../../../policy/health.ts';
import type { HealthChange, HealthKind } from '../../health.ts';
import type { Participant, Transaction } from '../engine/transaction.ts';
import { pluck, prepare } from '../engine/prepare.ts';

export const HOUR_MS = 3_600_000;
/** A window of a day, and the hour that it begins in. */
const KEEP_HOURS = 25;
const ROWS_A_STEP = 500;
/** A throttled delivery that would wait longer than this is held. */
const LONGEST_PACE_MS = 24 * HOUR_MS;
/** Subjects whose pace is remembered; beyond that they start afresh. */
const PACES_LIMIT = 10_000;

export const KIND_NUMBERS: Readonly<Record<HealthKind, number>> = {
  account: 1,
  domain: 2,
  stream: 3,
  destination: 4,
};

/** What a delivery counts for. */
export interface HealthSubject {
  readonly accountKey: number;
  /** The sending domain. */
  readonly domain: string;
  readonly stream: string;
  readonly destination: string;
}

export type Fate = keyof HealthCounts;

/** What a new delivery is under: let through, kept, or let through later. */
export type Restriction =
  | { readonly kind: 'none' }
  | { readonly kind: 'hold' }
  | { readonly kind: 'later'; readonly dueAtMs: number };

interface Gathered extends HealthSubject {
  readonly counts: Record<Fate, number>;
}

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

export class Health implements Participant {
  readonly #transaction: Transaction;
  readonly #add: Statement;
  readonly #selectStates: Statement<[], StateRow>;
  readonly #levelOf: Statement<[number, string], HealthLevel>;
  readonly #putState: Statement;
  readonly #selectLifted: Statement<[number | null, number | null, string | null, string | null], LiftedRow>;
  readonly #release: Statement<[number, number, number | null, number | null, string | null, string | null]>;
  readonly #removeOld: Statement<[number, number, number]>;
  readonly #deliveredOfHour: Statement<[number, number, string], number>;
  #gathered = new Map<string, Gathered>();
  #hour = 0;
  #states: ReadonlyMap<string, StateRow> | undefined;
  /** When the next delivery of a throttled account or stream may go. */
  readonly #paces = new Map<string, number>();

  constructor(db: Database, transaction: Transaction) {
    this.#transaction = transaction;
    this.#add = prepare(
      db,
      `INSERT INTO health_hour (kind, hour, account_id, name, delivered, hard_bounced, failed, complained)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (kind, hour, account_id, name) DO UPDATE SET delivered = delivered + excluded.delivered,
      hard_bounced = hard_bounced + excluded.hard_bounced, failed = failed + excluded.failed,
      complained = complained + excluded.complained`,
    );
    this.#selectStates = prepare(
      db,
      "SELECT account_id, stream, level, per_minute FROM health_state WHERE level IN ('throttle', 'hold')",
    );
    this.#levelOf = pluck(db, 'SELECT level FROM health_state WHERE account_id = ? AND stream = ?');
    this.#selectLifted = prepare(
      db,
      `SELECT account_id AS accountKey, stream, level FROM health_state
      WHERE level != 'good' AND (? IS NULL OR account_id = ?) AND (? IS NULL OR stream = ?)`,
    );
    this.#putState = prepare(
      db,
      `INSERT INTO health_state (account_id, stream, level, reason, per_minute, since, counts_from)
      VALUES (?, ?, ?, ?, ?, ?, 0)
      ON CONFLICT (account_id, stream) DO UPDATE SET level = excluded.level, reason = excluded.reason,
      per_minute = excluded.per_minute, since = excluded.since`,
    );
    this.#release = prepare(
      db,
      `UPDATE health_state SET level = 'good', reason = '', per_minute = NULL, since = ?, counts_from = ?
      WHERE level != 'good' AND (? IS NULL OR account_id = ?) AND (? IS NULL OR stream = ?)`,
    );
    this.#removeOld = prepare(
      db,
      `DELETE FROM health_hour WHERE (kind, hour, account_id, name) IN
      (SELECT kind, hour, account_id, name FROM health_hour WHERE kind = ? AND hour < ? LIMIT ?)`,
    );
    this.#deliveredOfHour = pluck(
      db,
      `SELECT delivered FROM health_hour WHERE kind = ${KIND_NUMBERS.stream} AND hour = ? AND account_id = ? AND name = ?`,
    );
    transaction.join(this);
  }

  /** `change` more (or less) of `subject` that ended so. */
  count(subject: HealthSubject, fate: Fate, atMs: number, change = 1): void {
    const hour = hourOf(atMs);
    if (hour !== this.#hour) {
      this.beforeCommit();
      this.#hour = hour;
    }
    const gathered = this.#gathered;
    const { accountKey, domain, stream, destination } = subject;
    const key = `${accountKey} ${stream} ${domain} ${destination}`;
    let entry = gathered.get(key);
    if (entry === undefined) {
      entry = { accountKey, domain, stream, destination, counts: noCounts() };
      gathered.set(key, entry);
    }
    const { counts } = entry;
    counts[fate] += change;
    this.#transaction.undo.record(() => {
      counts[fate] -= change;
    });
  }

  /** Deliveries of the stream that were delivered in the last 24 hours, before this transaction. */
  deliveredOfDay(accountKey: number, stream: string, nowMs: number): number {
    let delivered = 0;
    for (let hour = hourOf(nowMs), count = 0; count < KEEP_HOURS; count++)
      delivered += this.#deliveredOfHour.get(hour - count, accountKey, stream) ?? 0;
    return delivered;
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
    this.#putState.run(accountKey, stream, level, reason, perMinute ?? null, Math.round(atMs));
    this.#changed();
    return before;
  }

  /** What was lifted. `undefined`: whatever account, whatever stream. */
  release(accountKey: number | undefined, stream: string | undefined, nowMs: number): readonly LiftedRow[] {
    const account = accountKey ?? null;
    const name = stream ?? null;
    const lifted = this.#selectLifted.all(account, account, name, name);
    this.#release.run(Math.round(nowMs), hourOf(nowMs) + 1, account, account, name, name);
    this.#changed();
    return lifted;
  }

  /** Removes hours that no window reaches any more, some rows at a time; the result counts them. */
  removeOld(nowMs: number): number {
    const before = hourOf(nowMs) - KEEP_HOURS;
    let removed = 0;
    for (const kind of Object.values(KIND_NUMBERS))
      removed += this.#removeOld.run(kind, before, ROWS_A_STEP).changes;
    return removed;
  }

  onForeignChange(): void {
    this.#states = undefined;
  }

  beforeCommit(): void {
    const gathered = this.#gathered;
    if (gathered.size === 0) return;
    this.#gathered = new Map();
    const rows = new Map<
      string,
      { kind: HealthKind; account: number; name: string; counts: Record<Fate, number> }
    >();
    const add = (kind: HealthKind, account: number, name: string, counts: Readonly<Record<Fate, number>>) => {
      const key = `${kind} ${account} ${name}`;
      let row = rows.get(key);
      if (row === undefined) {
        row = { kind, account, name, counts: noCounts() };
        rows.set(key, row);
      }
      row.counts.delivered += counts.delivered;
      row.counts.hardBounced += counts.hardBounced;
      row.counts.failed += counts.failed;
      row.counts.complained += counts.complained;
    };
    for (const { accountKey, domain, stream, destination, counts } of gathered.values()) {
      add('account', accountKey, '', counts);
      add('domain', accountKey, domain, counts);
      add('stream', accountKey, stream, counts);
      add('destination', 0, destination, counts);
    }
    for (const { kind, account, name, counts } of rows.values()) {
      const { delivered, hardBounced, failed, complained } = counts;
      if (delivered === 0 && hardBounced === 0 && failed === 0 && complained === 0) continue;
      this.#add.run(
        KIND_NUMBERS[kind],
        this.#hour,
        account,
        name,
        delivered,
        hardBounced,
        failed,
        complained,
      );
    }
    this.#transaction.undo.record(() => {
      this.#gathered = gathered;
    });
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

export function hourOf(atMs: number): number {
  return Math.floor(atMs / HOUR_MS);
}

function stateKey(accountKey: number, stream: string): string {
  return `${accountKey} ${stream}`;
}

function noCounts(): Record<Fate, number> {
  return { delivered: 0, hardBounced: 0, failed: 0, complained: 0 };
}
