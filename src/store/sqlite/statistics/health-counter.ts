/**
 * SQL of health's counts: outcomes of deliveries, by hour for account, domain, stream and destination. Counts are collected
 * in memory and written once in a transaction, however many deliveries it settles; they are rolled back with it.
 */
import type { Database } from 'better-sqlite3';
import {
  HealthTally,
  type Fate,
  type HealthHourRow,
  type HealthSubject,
} from '../../sql/statistics/health-tally.ts';
import type { Participant, Transaction } from '../engine/transaction.ts';
import { NamedStatement } from '../engine/prepare.ts';

export class HealthCounter implements Participant {
  readonly #transaction: Transaction;
  readonly #add: NamedStatement<Pick<HealthHourRow, keyof HealthHourRow>>;
  #gathered = new HealthTally();

  constructor(db: Database, transaction: Transaction) {
    this.#transaction = transaction;
    this.#add = new NamedStatement(
      db,
      `INSERT INTO health_hour (kind, hour, account_id, name, delivered, hard_bounced, failed, complained)
      VALUES (:kind, :hour, :account, :name, :delivered, :hardBounced, :failed, :complained)
      ON CONFLICT (kind, hour, account_id, name) DO UPDATE SET delivered = delivered + excluded.delivered,
      hard_bounced = hard_bounced + excluded.hard_bounced, failed = failed + excluded.failed,
      complained = complained + excluded.complained`,
    );
    transaction.join(this);
  }

  /** Adds `change` outcomes of that kind to `subject`. */
  count(subject: HealthSubject, fate: Fate, atMs: number, change = 1): void {
    this.#transaction.undo.record(this.#gathered.count(subject, fate, atMs, change));
  }

  beforeCommit(): void {
    const gathered = this.#gathered;
    if (gathered.isEmpty) return;
    this.#gathered = new HealthTally();
    for (const row of gathered.rows()) this.#add.run(row);
    this.#transaction.undo.record(() => {
      this.#gathered = gathered;
    });
  }
}
