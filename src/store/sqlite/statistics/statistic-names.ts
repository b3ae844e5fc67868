/**
 * Names in statistics that have rows of their own. An account has room for so many of a group on a day; the rest are
 * counted together as others. Half of the places are kept for the largest of the day before, since who comes first after
 * midnight is chance. What was read is remembered until another process changes the database.
 */
import type { Database, Statement } from 'better-sqlite3';
import { NAMES_A_DAY, type StatisticGroup } from '../../stats.ts';
import { pluck } from '../engine/prepare.ts';
import type { Participant, Transaction } from '../engine/transaction.ts';
import { DAY_SPAN, GROUP_KINDS, HOURS_A_DAY } from '../../sql/statistics/statistic-rows.ts';

/** Lists of names remembered; beyond that they are read again. */
const LISTS_LIMIT = 2_000;

/** The names that have a row on a day, and those of the day before whose place is kept. */
interface Names {
  readonly taken: Set<string>;
  readonly kept: ReadonlySet<string>;
  /** Places for names that have none kept. */
  free: number;
}

export class StatisticNames implements Participant {
  readonly #transaction: Transaction;
  readonly #selectNames: Statement<[number, number, number], string>;
  readonly #selectLargest: Statement<[number, number, number, number], string>;
  /** By account, kind and day. */
  readonly #names = new Map<string, Names>();

  constructor(db: Database, transaction: Transaction) {
    this.#transaction = transaction;
    const names = `FROM statistic WHERE span = ${DAY_SPAN} AND account_id = ? AND kind = ? AND number = ?`;
    this.#selectNames = pluck(db, `SELECT name ${names}`);
    this.#selectLargest = pluck(db, `SELECT name ${names} ORDER BY accepted DESC LIMIT ?`);
    transaction.join(this);
  }

  /** Whether `name` has a row of its own on that day, and takes a place for it if it is new. */
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
    if (names.taken.has(name)) return true;
    const isKept = names.kept.has(name);
    if (!isKept && names.free <= 0) return false;
    const { taken } = names;
    const list = names;
    taken.add(name);
    if (!isKept) list.free--;
    this.#transaction.undo.record(() => {
      taken.delete(name);
      if (!isKept) list.free++;
    });
    return true;
  }

  onForeignChange(): void {
    this.#names.clear();
  }

  /** Half of the places are kept for the largest of the day before. */
  #readNames(accountKey: number, kind: number, day: number, limit: number): Names {
    const taken = new Set(this.#selectNames.all(accountKey, kind, day));
    const kept = new Set(this.#selectLargest.all(accountKey, kind, day - 1, limit / 2));
    const others = [...taken].filter((name) => !kept.has(name)).length;
    return { taken, kept, free: limit - kept.size - others };
  }
}
