/**
 * Statistics: events of deliveries counted by hour and by day for account, domain, stream, destination, tags and credential.
 * Counts are collected in memory and written once in a transaction, in ONE row (statistic-delta.ts), so they are in the
 * commit of their events, are rolled back with them, and cost some microseconds a message. Now and then a transaction folds
 * those rows into the tables that queries read; a reader adds the rest.
 */
import type { Database, Statement } from 'better-sqlite3';
import { countEvent, type CountedEvent } from '../../sql/statistics/counted-event.ts';
import { prepare } from '../engine/prepare.ts';
import { StatisticDelta, type StatisticSource } from '../../sql/statistics/statistic-delta.ts';
import { StatisticFold } from './statistic-fold.ts';
import type { Participant, Transaction } from '../engine/transaction.ts';

/** Transactions that are folded together. A higher number costs less, and makes a fold, which is part of one commit, longer. */
const FOLD_AT = 50;

export class Statistics implements Participant {
  readonly #transaction: Transaction;
  readonly #fold: StatisticFold;
  readonly #insertDelta: Statement<[string]>;
  #gathered = new StatisticDelta();
  /** Rows to be folded, as far as this process knows. There may be some at the start. */
  #pending = FOLD_AT;

  constructor(db: Database, transaction: Transaction) {
    this.#transaction = transaction;
    this.#fold = new StatisticFold(db, transaction);
    this.#insertDelta = prepare(db, 'INSERT INTO statistic_delta (data) VALUES (?)');
    transaction.join(this);
  }

  /** Counts `event`; some have no effect. Inside a transaction. */
  count(source: StatisticSource, destination: string, event: CountedEvent): void {
    const undo = countEvent(this.#gathered, source, destination, event);
    if (undo !== undefined) this.#transaction.undo.record(undo);
  }

  onForeignChange(): void {
    this.#pending++;
  }

  beforeCommit(): void {
    const gathered = this.#gathered;
    if (gathered.isEmpty) return;
    const pending = this.#pending;
    this.#gathered = new StatisticDelta();
    this.#transaction.undo.record(() => {
      this.#gathered = gathered;
      this.#pending = pending;
    });
    const data = gathered.encode();
    if (data === undefined) return;
    this.#insertDelta.run(data);
    if (++this.#pending < FOLD_AT) return;
    this.#fold.run();
    this.#pending = 0;
  }
}
