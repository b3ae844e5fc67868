/**
 * Names in statistics that have rows of their own (names-of-day.ts), read at their first use for an account, a group and a
 * day, and cached until another process changes the database.
 */
import type { Database, Statement } from 'better-sqlite3';
import { NAMES_A_DAY, type StatisticGroup } from '../../stats.ts';
import { NamesOfDay } from '../../sql/statistics/names-of-day.ts';
import { pluck } from '../engine/prepare.ts';
import type { Participant, Transaction } from '../engine/transaction.ts';
import { DAY_SPAN, GROUP_KINDS, HOURS_A_DAY } from '../../sql/statistics/statistic-rows.ts';

/** Maximum number of cached lists; beyond that they are read again. */
const LISTS_LIMIT = 2_000;

export class StatisticNames implements Participant {
  readonly #transaction: Transaction;
  readonly #selectNames: Statement<[number, number, number], string>;
  readonly #selectLargest: Statement<[number, number, number, number], string>;
  /** By account, kind and day. */
  readonly #names = new Map<string, NamesOfDay>();

  constructor(db: Database, transaction: Transaction) {
    this.#transaction = transaction;
    const names = `FROM statistic WHERE span = ${DAY_SPAN} AND account_id = ? AND kind = ? AND number = ?`;
    this.#selectNames = pluck(db, `SELECT name ${names}`);
    this.#selectLargest = pluck(db, `SELECT name ${names} ORDER BY accepted DESC LIMIT ?`);
    transaction.join(this);
  }

  /** Whether `name` has a row of its own on that day; takes a place for a new name. */
  isKept(accountKey: number, group: StatisticGroup, hour: number, name: string): boolean {
    const day = Math.floor(hour / HOURS_A_DAY);
    const kind = GROUP_KINDS[group];
    const key = `${accountKey} ${kind} ${day}`;
    let names = this.#names.get(key);
    if (names === undefined) {
      names = this.#readNames(accountKey, kind, day, NAMES_A_DAY[group]);
      if (this.#names.size >= LISTS_LIMIT) this.#names.clear();
      this.#names.set(key, names);
    }
    return names.take(name, (step) => this.#transaction.undo.record(step));
  }

  onForeignChange(): void {
    this.#names.clear();
  }

  #readNames(accountKey: number, kind: number, day: number, limit: number): NamesOfDay {
    const taken = this.#selectNames.all(accountKey, kind, day);
    return new NamesOfDay(taken, this.#selectLargest.all(accountKey, kind, day - 1, limit / 2), limit);
  }
}
