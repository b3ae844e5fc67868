/**
 * The SQL of health's counts: what became of deliveries, by hour for account, domain, stream and destination. Counts gather
 * in memory and are written once a transaction, however many deliveries it settled; they are rolled back with it.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { HealthCounts } from '../../../policy/health.ts';
import type { HealthKind } from '../../health.ts';
import type { Participant, Transaction } from '../engine/transaction.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import { KIND_NUMBERS } from '../../sql/statistics/health-kinds.ts';
import { hourOf } from '../../sql/statistics/hours.ts';

/** A window of a day, and the hour that it begins in. */
const KEEP_HOURS = 25;
const ROWS_A_STEP = 500;

/** What a delivery counts for. */
export interface HealthSubject {
  readonly accountKey: number;
  /** The sending domain. */
  readonly domain: string;
  readonly stream: string;
  readonly destination: string;
}

export type Fate = keyof HealthCounts;

interface Gathered extends HealthSubject {
  readonly counts: Record<Fate, number>;
}

/** What is added to a row of `health_hour`. */
interface Row extends Record<Fate, number> {
  readonly kind: number;
  readonly hour: number;
  readonly account: number;
  readonly name: string;
}

export class HealthCounter implements Participant {
  readonly #transaction: Transaction;
  readonly #add: Statement<[Row]>;
  readonly #removeOld: Statement<[number, number, number]>;
  readonly #deliveredOfHour: Statement<[number, number, string], number>;
  #gathered = new Map<string, Gathered>();
  #hour = 0;

  constructor(db: Database, transaction: Transaction) {
    this.#transaction = transaction;
    this.#add = prepare(
      db,
      `INSERT INTO health_hour (kind, hour, account_id, name, delivered, hard_bounced, failed, complained)
      VALUES (@kind, @hour, @account, @name, @delivered, @hardBounced, @failed, @complained)
      ON CONFLICT (kind, hour, account_id, name) DO UPDATE SET delivered = delivered + excluded.delivered,
      hard_bounced = hard_bounced + excluded.hard_bounced, failed = failed + excluded.failed,
      complained = complained + excluded.complained`,
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

  /** Removes hours that no window reaches any more, some rows at a time; the result counts them. */
  removeOld(nowMs: number): number {
    const before = hourOf(nowMs) - KEEP_HOURS;
    let removed = 0;
    for (const kind of Object.values(KIND_NUMBERS))
      removed += this.#removeOld.run(kind, before, ROWS_A_STEP).changes;
    return removed;
  }

  beforeCommit(): void {
    const gathered = this.#gathered;
    if (gathered.size === 0) return;
    this.#gathered = new Map();
    for (const row of this.#rowsOf(gathered.values())) {
      const { delivered, hardBounced, failed, complained } = row;
      if (delivered === 0 && hardBounced === 0 && failed === 0 && complained === 0) continue;
      this.#add.run(row);
    }
    this.#transaction.undo.record(() => {
      this.#gathered = gathered;
    });
  }

  /** Each count in the row of its account, domain, stream and destination. */
  #rowsOf(gathered: Iterable<Gathered>): Iterable<Row> {
    const rows = new Map<string, Row>();
    const add = (kind: HealthKind, account: number, name: string, counts: Readonly<Record<Fate, number>>) => {
      const key = `${kind} ${account} ${name}`;
      let row = rows.get(key);
      if (row === undefined) {
        row = { kind: KIND_NUMBERS[kind], hour: this.#hour, account, name, ...noCounts() };
        rows.set(key, row);
      }
      row.delivered += counts.delivered;
      row.hardBounced += counts.hardBounced;
      row.failed += counts.failed;
      row.complained += counts.complained;
    };
    for (const { accountKey, domain, stream, destination, counts } of gathered) {
      add('account', accountKey, '', counts);
      add('domain', accountKey, domain, counts);
      add('stream', accountKey, stream, counts);
      add('destination', 0, destination, counts);
    }
    return rows.values();
  }
}

function noCounts(): Record<Fate, number> {
  return { delivered: 0, hardBounced: 0, failed: 0, complained: 0 };
}
