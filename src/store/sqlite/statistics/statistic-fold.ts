/**
 * Folding: what transactions counted is moved, some dozen rows of `statistic_delta` at a time, into the rows by hour, day
 * and month that queries read. Each count is written to the account and to each of its names. Part of one commit.
 */
import type { Database, Statement } from 'better-sqlite3';
import { encodeTimes, joinTimes } from '../../delivery-times.ts';
import { OTHER_NAMES, STATISTIC_COUNTS, type StatisticGroup } from '../../stats.ts';
import { prepare } from '../engine/prepare.ts';
import type { Transaction } from '../engine/transaction.ts';
import { tagsOf } from '../../sql/json-columns.ts';
import {
  addAll,
  StatisticDelta,
  type SourceTally,
  type Tally,
} from '../../sql/statistics/statistic-delta.ts';
import { monthOf } from '../../sql/statistics/statistic-months.ts';
import { StatisticNames } from './statistic-names.ts';
import {
  ACCOUNT_KIND,
  COUNT_COLUMNS,
  DAY_SPAN,
  GROUP_KINDS,
  HOURS_A_DAY,
  HOUR_SPAN,
  MONTH_SPAN,
} from '../../sql/statistics/statistic-rows.ts';

const MOST_FOLDED = 128;
const ACCEPTED = STATISTIC_COUNTS.indexOf('accepted');
const DELIVERED = STATISTIC_COUNTS.indexOf('delivered');
const FIRST_ATTEMPT = STATISTIC_COUNTS.indexOf('firstAttempt');

/** Columns by bit: what most rows count, and nothing else. */
const OFTEN = (1 << ACCEPTED) | (1 << DELIVERED) | (1 << FIRST_ATTEMPT);

interface Row extends Tally {
  readonly accountKey: number;
  readonly kind: number;
  readonly hour: number;
  readonly name: string;
}

/** By column. A statement takes from it the columns that it adds to. */
type Values = Record<string, number | string | Uint8Array | null>;

export class StatisticFold {
  readonly #names: StatisticNames;
  readonly #addAccepted: Statement<[Values]>;
  readonly #addDelivered: Statement<[Values]>;
  readonly #add: Statement<[Values]>;
  readonly #selectDeltas: Statement<[number], { id: number; data: string }>;
  readonly #deleteDeltas: Statement<[number]>;

  constructor(db: Database, transaction: Transaction) {
    this.#names = new StatisticNames(db, transaction);
    db.function('add_times', { deterministic: true }, joinTimes);
    this.#addAccepted = prepare(db, upsert(['accepted']));
    this.#addDelivered = prepare(db, upsert(['accepted', 'delivered', 'first_attempt', 'times']));
    this.#add = prepare(db, upsert([...COUNT_COLUMNS, 'times']));
    this.#selectDeltas = prepare(db, 'SELECT id, data FROM statistic_delta ORDER BY id LIMIT ?');
    this.#deleteDeltas = prepare(db, 'DELETE FROM statistic_delta WHERE id <= ?');
  }

  /** Moves what transactions counted into the rows by hour and day. */
  run(): void {
    const deltas = this.#selectDeltas.all(MOST_FOLDED);
    const sum = new StatisticDelta();
    for (const { data } of deltas) sum.addEncoded(data);
    const rows = new Map<string, Row>();
    for (const tally of sum.sources()) this.#spread(tally, rows);
    for (const row of rows.values()) this.#write(row);
    const last = deltas.at(-1);
    if (last !== undefined) this.#deleteDeltas.run(last.id);
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
      this.#names.isKept(accountKey, group, hour, name) ? name : OTHER_NAMES;
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
    const values: Values = { account_id: accountKey, kind, name, times: stored };
    let touched = 0;
    for (const [index, column] of COUNT_COLUMNS.entries()) {
      const count = counts.get(index) ?? 0;
      values[column] = count;
      if (count !== 0) touched |= 1 << index;
    }
    const statement =
      touched === 1 << ACCEPTED
        ? this.#addAccepted
        : (touched & ~OFTEN) === 0
          ? this.#addDelivered
          : this.#add;
    for (const [span, number] of spans) {
      values['span'] = span;
      values['number'] = number;
      statement.run(values);
    }
  }
}

function upsert(columns: readonly string[]): string {
  const set = columns.map((column) =>
    column === 'times'
      ? 'times = CASE WHEN excluded.times IS NULL THEN times WHEN times IS NULL THEN excluded.times ELSE add_times(times, excluded.times) END'
      : `${column} = ${column} + excluded.${column}`,
  );
  return `INSERT INTO statistic (span, account_id, kind, number, name, ${columns.join(', ')})
    VALUES (@span, @account_id, @kind, @number, @name, ${columns.map((column) => `@${column}`).join(', ')})
    ON CONFLICT (span, account_id, kind, number, name) DO UPDATE SET ${set.join(', ')}`;
}
