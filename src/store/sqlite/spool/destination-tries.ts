/**
 * Tries of destinations that failed as a whole: written once each, whatever waits, and counted by when they were. Two
 * seeks of an index tell how many a delivery saw. Bounded: of each destination the last thousand, a week of them.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { AttemptRecord } from '../../delivery-records.ts';
import { InsertStatement, NamedStatement, pluck, prepare } from '../engine/prepare.ts';
import type { Columns } from '../../sql/columns.ts';
import { ATTEMPT_COLUMNS, SELECTED_ATTEMPT } from '../../sql/spool/attempt-columns.ts';
import type { AttemptRow } from '../queue/queue-rows.ts';

const KEPT = 1_000;
/** Tries that a delivery's history shows, the last ones. */
export const TRIES_SHOWN = 25;

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

/** What a delivery saw of them. */
export interface SeenTries {
  readonly count: number;
  /** Newest first, at most {@link TRIES_SHOWN} tries with an attempt for each address. */
  readonly rows: readonly AttemptRow[];
}

/** `latestOnly`: one row. */
export type SeeTries = (
  destinationId: number,
  span: { readonly fromMs: number; readonly toMs: number },
  latestOnly: boolean,
) => SeenTries;

/** On `db`, which may be read-only. */
export function createTryReader(db: Database): SeeTries {
  const firstSince = pluck<[number, number], number>(db, FIRST_SINCE);
  const lastUntil = pluck<[number, number], number>(
    db,
    `SELECT number FROM destination_try INDEXED BY destination_try_at
     WHERE destination_id = ? AND at <= ? ORDER BY at DESC LIMIT 1`,
  );
  const rows = new NamedStatement<
    { destination: number; from: number; last: number; limit: number },
    AttemptRow
  >(
    db,
    `SELECT ${SELECTED_ATTEMPT} FROM destination_try WHERE destination_id = :destination
     AND number BETWEEN :from AND :last ORDER BY number DESC, part DESC LIMIT :limit`,
  );
  return (destinationId, { fromMs, toMs }, latestOnly) => {
    const first = firstSince.get(destinationId, fromMs);
    const last = lastUntil.get(destinationId, toMs);
    if (first === undefined || last === undefined || last < first) return { count: 0, rows: [] };
    const from = Math.max(first, last - TRIES_SHOWN + 1);
    const limit = latestOnly ? 1 : -1;
    return { count: last - first + 1, rows: rows.all({ destination: destinationId, from, last, limit }) };
  };
}

const FIRST_SINCE = `SELECT number FROM destination_try INDEXED BY destination_try_at
  WHERE destination_id = ? AND at >= ? ORDER BY at LIMIT 1`;
