/**
 * Tries of destinations that failed as a whole: stored once each, however many deliveries wait, and found by time. Two index
 * seeks count those that a delivery saw. Bounded: the last thousand of each destination, for one week.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { AttemptRecord } from '../../delivery-records.ts';
import { InsertStatement, pluck, prepare } from '../engine/prepare.ts';
import type { Columns } from '../../sql/columns.ts';
import { ATTEMPT_COLUMNS } from '../../sql/spool/attempt-columns.ts';

const KEPT = 1_000;

interface NewTry {
  readonly destinationId: number;
  readonly number: number;
  readonly part: number;
  readonly attempt: AttemptRecord;
}

const COLUMNS: Columns<NewTry> = {
  destination_id: ({ destinationId }) => destinationId,
  number: ({ number }) => number,
  part: ({ part }) => part,
  ...ATTEMPT_COLUMNS,
};

export class DestinationTries {
  readonly #insert: InsertStatement<NewTry>;
  readonly #forget: Statement<[number, number]>;
  readonly #firstSince: Statement<[number, number], number>;

  constructor(db: Database) {
    this.#insert = new InsertStatement(db, 'destination_try', COLUMNS);
    this.#forget = prepare(db, 'DELETE FROM destination_try WHERE destination_id = ? AND number <= ?');
    this.#firstSince = pluck(db, FIRST_SINCE);
  }

  /** Inside a transaction. */
  add(destinationId: number, number: number, records: readonly AttemptRecord[]): void {
    for (const [part, attempt] of records.entries())
      this.#insert.run({ destinationId, number, part, attempt });
    this.#forget.run(destinationId, number - KEPT);
  }

  /** How many there were since `sinceMs`; `last` is the number of the last one. */
  countSince(destinationId: number, last: number, sinceMs: number): number {
    if (last === 0) return 0;
    const first = this.#firstSince.get(destinationId, sinceMs);
    return first === undefined ? 0 : last - first + 1;
  }
}

const FIRST_SINCE = `SELECT number FROM destination_try INDEXED BY destination_try_at
  WHERE destination_id = ? AND at >= ? ORDER BY at LIMIT 1`;
