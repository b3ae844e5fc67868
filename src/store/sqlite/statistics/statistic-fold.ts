/**
 * Folding: counts of transactions are moved, a few dozen rows of `statistic_delta` at a time, into the rows by hour, day and
 * month that queries read. Each count is added to the account and to each of its names. Part of one commit.
 */
import type { Database, Statement } from 'better-sqlite3';
import { encodeTimes, joinTimes } from '../../delivery-times.ts';
import { STATISTIC_COUNTS } from '../../stats.ts';
import { StatisticDelta } from '../../sql/statistics/statistic-delta.ts';
import { COUNT_COLUMNS } from '../../sql/statistics/statistic-rows.ts';
import { placesOf, spread, type SpreadRow } from '../../sql/statistics/statistic-spread.ts';
import { prepare } from '../engine/prepare.ts';
import type { Transaction } from '../engine/transaction.ts';
import { StatisticNames } from './statistic-names.ts';

const MOST_FOLDED = 128;
const ACCEPTED = STATISTIC_COUNTS.indexOf('accepted');
const DELIVERED = STATISTIC_COUNTS.indexOf('delivered');
const FIRST_ATTEMPT = STATISTIC_COUNTS.indexOf('firstAttempt');

/** Columns by bit: those that most rows count, and nothing else. */
const OFTEN = (1 << ACCEPTED) | (1 << DELIVERED) | (1 << FIRST_ATTEMPT);

/** By column. A statement uses the columns that it adds to. */
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

  /** Moves counts of transactions into the rows by hour and day. */
  run(): void {
    const deltas = this.#selectDeltas.all(MOST_FOLDED);
    const sum = new StatisticDelta();
    for (const { data } of deltas) sum.addEncoded(data);
    const rows = spread(sum.sources(), (...asked) => this.#names.isKept(...asked));
    for (const row of rows) this.#write(row);
    const last = deltas.at(-1);
    if (last !== undefined) this.#deleteDeltas.run(last.id);
  }

  #write(row: SpreadRow): void {
    const { accountKey, kind, name, counts, times } = row;
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
    for (const [span, number] of placesOf(row)) {
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
