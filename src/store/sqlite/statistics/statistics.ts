/**
 * Statistics: events of deliveries counted by hour and by day for account, domain, stream, destination, tags and
 * credential. Counts gather in memory and are written once a transaction, in ONE row (statistic-delta.ts), so they are in
 * the commit of their events, are rolled back with them, and cost some microseconds a message. Every now and then a
 * transaction folds those rows into the tables that queries read; a reader adds what is not folded yet.
 */
import type { Database, Statement } from 'better-sqlite3';
import { countEvent, type CountedEvent } from '../../sql/statistics/counted-event.ts';
import { HOUR_MS } from '../../sql/statistics/hours.ts';
import { NamedStatement, pluck, prepare } from '../engine/prepare.ts';
import { StatisticDelta, type StatisticSource } from '../../sql/statistics/statistic-delta.ts';
import { StatisticFold } from './statistic-fold.ts';
import { monthOf } from '../../sql/statistics/statistic-months.ts';
import {
  ACCOUNT_KIND,
  DAY_SPAN,
  GROUP_KINDS,
  HOURS_A_DAY,
  HOUR_SPAN,
  MONTH_SPAN,
} from '../../sql/statistics/statistic-rows.ts';
import type { Participant, Transaction } from '../engine/transaction.ts';

/** Transactions that are folded together. More cost less, and make a fold, which is part of one commit, longer. */
const FOLD_AT = 50;
const DAYS_KEPT_OF_HOURS = 90;
const ROWS_A_STEP = 500;
const ACCOUNTS_A_STEP = 50;

export class Statistics implements Participant {
  readonly #transaction: Transaction;
  readonly #fold: StatisticFold;
  readonly #insertDelta: Statement<[string]>;
  readonly #selectAccounts: Statement<[number, number], number>;
  readonly #removeOld: NamedStatement<{
    span: number;
    account: number;
    kind: number;
    first: number;
    limit: number;
  }>;
  #gathered = new StatisticDelta();
  /** Rows that wait to be folded, as far as this process knows. At the start there may be some. */
  #pending = FOLD_AT;
  /** Accounts up to this key have been looked through for what is old, on `#sweptDay`. */
  #sweptAccount = 0;
  #sweptDay = -1;

  constructor(db: Database, transaction: Transaction) {
    this.#transaction = transaction;
    this.#fold = new StatisticFold(db, transaction);
    this.#insertDelta = prepare(db, 'INSERT INTO statistic_delta (data) VALUES (?)');
    this.#selectAccounts = pluck(db, 'SELECT id FROM account WHERE id > ? ORDER BY id LIMIT ?');
    this.#removeOld = new NamedStatement(
      db,
      `DELETE FROM statistic WHERE (span, account_id, kind, number, name) IN
      (SELECT span, account_id, kind, number, name FROM statistic
      WHERE span = :span AND account_id = :account AND kind = :kind AND number < :first LIMIT :limit)`,
    );
    transaction.join(this);
  }

  /** Counts `event`; some say nothing new and are not counted. Inside a transaction. */
  count(source: StatisticSource, destination: string, event: CountedEvent): void {
    const undo = countEvent(this.#gathered, source, destination, event);
    if (undo !== undefined) this.#transaction.undo.record(undo);
  }

  /** Removes what is older, some rows at a time; the result counts them. Looks once a day for each account. */
  removeOld(nowMs: number, dayAgeMs: number): number {
    const hour = Math.floor(nowMs / HOUR_MS);
    const today = Math.floor(hour / HOURS_A_DAY);
    if (today === this.#sweptDay && this.#sweptAccount === Infinity) return 0;
    if (today !== this.#sweptDay) this.#sweptAccount = 0;
    this.#sweptDay = today;
    const accounts = this.#selectAccounts.all(this.#sweptAccount, ACCOUNTS_A_STEP);
    const firstHour = hour - DAYS_KEPT_OF_HOURS * HOURS_A_DAY;
    const firstDay = Math.floor((nowMs - dayAgeMs) / (HOUR_MS * HOURS_A_DAY));
    let removed = 0;
    for (const account of accounts) {
      for (const kind of [ACCOUNT_KIND, ...Object.values(GROUP_KINDS)]) {
        for (const [span, first] of [
          [HOUR_SPAN, firstHour],
          [DAY_SPAN, firstDay],
          [MONTH_SPAN, monthOf(firstDay)],
        ] as const)
          removed += this.#removeOld.run({
            span,
            account,
            kind,
            first,
            limit: ROWS_A_STEP - removed,
          }).changes;
        if (removed >= ROWS_A_STEP) return removed;
      }
      this.#sweptAccount = account;
    }
    if (accounts.length < ACCOUNTS_A_STEP) this.#sweptAccount = Infinity;
    return removed;
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
