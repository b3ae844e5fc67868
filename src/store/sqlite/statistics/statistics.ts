/**
 * Statistics: events of deliveries counted by hour and by day for account, domain, stream, destination, tags and
 * credential. Counts gather in memory and are written once a transaction, in ONE row (statistic-delta.ts), so they are in
 * the commit of their events, are rolled back with them, and cost some microseconds a message. Every now and then a
 * transaction folds those rows into the tables that queries read; a reader adds what is not folded yet.
 */
import type { Database, Statement } from 'better-sqlite3';
import { joinTimes, encodeTimes, stepOf } from '../../delivery-times.ts';
import { NAMES_A_DAY, OTHER_NAMES, STATISTIC_COUNTS, type StatisticGroup } from '../../stats.ts';
import { besideOf, countOf, type CountedEvent } from './counted-event.ts';
import { HOUR_MS } from './hours.ts';
import { tagsOf } from '../spool/messages.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import {
  addAll,
  addTo,
  StatisticDelta,
  type SourceTally,
  type StatisticSource,
  type Tally,
} from './statistic-delta.ts';
import { monthOf } from './statistic-months.ts';
import type { Participant, Transaction } from '../engine/transaction.ts';

export const HOUR_SPAN = 1;
export const DAY_SPAN = 2;
export const MONTH_SPAN = 3;
export const ACCOUNT_KIND = 1;
export const GROUP_KINDS: Readonly<Record<StatisticGroup, number>> = {
  domain: 2,
  stream: 3,
  destination: 4,
  tag: 5,
  credential: 6,
};
export const HOURS_A_DAY = 24;
/** In the order of STATISTIC_COUNTS. */
export const COUNT_COLUMNS = STATISTIC_COUNTS.map((count) =>
  count.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
);

/** Transactions that are folded together. More cost less, and make a fold, which is part of one commit, longer. */
const FOLD_AT = 50;
const MOST_FOLDED = 128;
const DAYS_KEPT_OF_HOURS = 90;
const ROWS_A_STEP = 500;
const ACCOUNTS_A_STEP = 50;
/** Lists of names remembered; beyond that they are read again. */
const LISTS_LIMIT = 2_000;
const ACCEPTED = STATISTIC_COUNTS.indexOf('accepted');
const DELIVERED = STATISTIC_COUNTS.indexOf('delivered');
const FIRST_ATTEMPT = STATISTIC_COUNTS.indexOf('firstAttempt');

interface Row extends Tally {
  readonly accountKey: number;
  readonly kind: number;
  readonly hour: number;
  readonly name: string;
}

/** The names that have a row on a day, and those of the day before whose place is kept. */
interface Names {
  readonly taken: Set<string>;
  readonly kept: ReadonlySet<string>;
  /** Places for names that have none kept. */
  free: number;
}

export class Statistics implements Participant {
  readonly #transaction: Transaction;
  readonly #addAccepted: Statement;
  readonly #addDelivered: Statement;
  readonly #add: Statement;
  readonly #insertDelta: Statement<[string]>;
  readonly #selectDeltas: Statement<[number], { id: number; data: string }>;
  readonly #deleteDeltas: Statement<[number]>;
  readonly #selectNames: Statement<[number, number, number], string>;
  readonly #selectLargest: Statement<[number, number, number, number], string>;
  readonly #selectAccounts: Statement<[number, number], number>;
  readonly #removeOld: Statement<[number, number, number, number, number]>;
  #gathered = new StatisticDelta();
  /** Rows that wait to be folded, as far as this process knows. At the start there may be some. */
  #pending = FOLD_AT;
  /** By account, kind and day. */
  readonly #names = new Map<string, Names>();
  /** Accounts up to this key have been looked through for what is old, on `#sweptDay`. */
  #sweptAccount = 0;
  #sweptDay = -1;

  constructor(db: Database, transaction: Transaction) {
    this.#transaction = transaction;
    db.function('add_times', { deterministic: true }, joinTimes);
    this.#addAccepted = prepare(db, upsert(['accepted']));
    this.#addDelivered = prepare(db, upsert(['accepted', 'delivered', 'first_attempt', 'times']));
    this.#add = prepare(db, upsert([...COUNT_COLUMNS, 'times']));
    this.#insertDelta = prepare(db, 'INSERT INTO statistic_delta (data) VALUES (?)');
    this.#selectDeltas = prepare(db, 'SELECT id, data FROM statistic_delta ORDER BY id LIMIT ?');
    this.#deleteDeltas = prepare(db, 'DELETE FROM statistic_delta WHERE id <= ?');
    const names = `FROM statistic WHERE span = ${DAY_SPAN} AND account_id = ? AND kind = ? AND number = ?`;
    this.#selectNames = pluck(db, `SELECT name ${names}`);
    this.#selectLargest = pluck(db, `SELECT name ${names} ORDER BY accepted DESC LIMIT ?`);
    this.#selectAccounts = pluck(db, 'SELECT id FROM account WHERE id > ? ORDER BY id LIMIT ?');
    this.#removeOld = prepare(
      db,
      `DELETE FROM statistic WHERE (span, account_id, kind, number, name) IN
      (SELECT span, account_id, kind, number, name FROM statistic
      WHERE span = ? AND account_id = ? AND kind = ? AND number < ? LIMIT ?)`,
    );
    transaction.join(this);
  }

  /** Counts `event`; some say nothing new and are not counted. Inside a transaction. */
  count(source: StatisticSource, destination: string, event: CountedEvent): void {
    const { type, atMs, data, since } = event;
    const count = countOf(type, data);
    if (count === undefined) return;
    const { counts, times } = this.#gathered.tally(source, Math.floor(atMs / HOUR_MS), destination);
    const index = STATISTIC_COUNTS.indexOf(count);
    const beside = besideOf(event);
    addTo(counts, index, 1);
    if (beside !== -1) addTo(counts, beside, 1);
    const step = type === 'delivered' && since !== undefined ? stepOf(atMs - since.startedAtMs) : -1;
    if (step !== -1) addTo(times, step, 1);
    this.#transaction.undo.record(() => {
      addTo(counts, index, -1);
      if (beside !== -1) addTo(counts, beside, -1);
      if (step !== -1) addTo(times, step, -1);
    });
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
          removed += this.#removeOld.run(span, account, kind, first, ROWS_A_STEP - removed).changes;
        if (removed >= ROWS_A_STEP) return removed;
      }
      this.#sweptAccount = account;
    }
    if (accounts.length < ACCOUNTS_A_STEP) this.#sweptAccount = Infinity;
    return removed;
  }

  onForeignChange(): void {
    this.#names.clear();
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
    if (++this.#pending >= FOLD_AT) this.#fold();
  }

  /** Moves what transactions counted into the rows by hour and day. */
  #fold(): void {
    const deltas = this.#selectDeltas.all(MOST_FOLDED);
    const sum = new StatisticDelta();
    for (const { data } of deltas) sum.addEncoded(data);
    const rows = new Map<string, Row>();
    for (const tally of sum.sources()) this.#spread(tally, rows);
    for (const row of rows.values()) this.#write(row);
    const last = deltas.at(-1);
    if (last !== undefined) this.#deleteDeltas.run(last.id);
    this.#pending = 0;
  }

  /** Adds what one source counts to each row that it belongs to. */
  #spread({ source, hour, destinations }: SourceTally, rows: Map<string, Row>): void {
    const { accountKey, domain, stream, tags, credential } = source;
    const to = (kind: number, name: string, { counts, times }: Tally) => {
      const key = `${kind} ${hour} ${accountKey} ${name}`;
      let row = rows.get(key);
      if (row === undefined) {
        row = { accountKey, kind, hour, name, counts: new Map(), times: new Map() };
        rows.set(key, row);
      }
      addAll(row.counts, counts);
      addAll(row.times, times);
    };
    const named = (group: StatisticGroup, name: string) =>
      this.#isKept(accountKey, group, hour, name) ? name : OTHER_NAMES;
    const total: Tally = { counts: new Map(), times: new Map() };
    for (const [destination, tally] of destinations) {
      to(GROUP_KINDS.destination, named('destination', destination), tally);
      addAll(total.counts, tally.counts);
      addAll(total.times, tally.times);
    }
    to(ACCOUNT_KIND, '', total);
    to(GROUP_KINDS.domain, named('domain', domain), total);
    to(GROUP_KINDS.stream, named('stream', stream), total);
    if (credential !== undefined) to(GROUP_KINDS.credential, named('credential', credential), total);
    // A message with two tags that are both past the limit counts once among the others.
    for (const tag of new Set(tagsOf(tags).map((one) => named('tag', one)))) to(GROUP_KINDS.tag, tag, total);
  }

  #write({ accountKey, kind, hour, name, counts, times }: Row): void {
    const day = Math.floor(hour / HOURS_A_DAY);
    const spans = [
      [HOUR_SPAN, hour],
      [DAY_SPAN, day],
      ...(kind === ACCOUNT_KIND ? [] : [[MONTH_SPAN, monthOf(day)] as const]),
    ] as const;
    const stored = times.size === 0 ? null : encodeTimes(times);
    let touched = 0;
    for (const [index, count] of counts) if (count !== 0) touched |= 1 << index;
    const at = (index: number) => counts.get(index) ?? 0;
    for (const [span, number] of spans) {
      if (touched === 1 << ACCEPTED) {
        this.#addAccepted.run(span, accountKey, kind, number, name, at(ACCEPTED));
      } else if ((touched & ~OFTEN) === 0) {
        const delivered = [at(ACCEPTED), at(DELIVERED), at(FIRST_ATTEMPT), stored];
        this.#addDelivered.run(span, accountKey, kind, number, name, ...delivered);
      } else {
        this.#add.run(
          span,
          accountKey,
          kind,
          number,
          name,
          ...STATISTIC_COUNTS.map((_, index) => at(index)),
          stored,
        );
      }
    }
  }

  /** Whether `name` has a row of its own on that day, and takes a place for it if it is new. */
  #isKept(accountKey: number, group: StatisticGroup, hour: number, name: string): boolean {
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

  /** Half of the places are kept for the largest of the day before: who comes first after midnight is chance. */
  #readNames(accountKey: number, kind: number, day: number, limit: number): Names {
    const taken = new Set(this.#selectNames.all(accountKey, kind, day));
    const kept = new Set(this.#selectLargest.all(accountKey, kind, day - 1, limit / 2));
    const others = [...taken].filter((name) => !kept.has(name)).length;
    return { taken, kept, free: limit - kept.size - others };
  }
}

const OFTEN = (1 << ACCEPTED) | (1 << DELIVERED) | (1 << FIRST_ATTEMPT);

function upsert(columns: readonly string[]): string {
  const set = columns.map((column) =>
    column === 'times'
      ? 'times = CASE WHEN excluded.times IS NULL THEN times WHEN times IS NULL THEN excluded.times ELSE add_times(times, excluded.times) END'
      : `${column} = ${column} + excluded.${column}`,
  );
  return `INSERT INTO statistic (span, account_id, kind, number, name, ${columns.join(', ')})
    VALUES (?, ?, ?, ?, ?, ${columns.map(() => '?').join(', ')})
    ON CONFLICT (span, account_id, kind, number, name) DO UPDATE SET ${set.join(', ')}`;
}
