/**
 * Destinations whose unknown addresses are not suppressed for a while: stored in the row of the destination, and never
 * cached, because another process may have set it. Read only for the few deliveries that would suppress an address. Inside a
 * transaction.
 */
import type { Database, Statement } from 'better-sqlite3';
import { pluck, prepare } from '../engine/prepare.ts';
import type { Destination } from './destination-row.ts';

export class Withholdings {
  readonly #write: Statement<[number, number]>;
  readonly #select: Statement<[number], number | null>;

  constructor(db: Database) {
    this.#write = prepare(
      db,
      'UPDATE destination SET withholds_until = max(coalesce(withholds_until, 0), ?) WHERE id = ?',
    );
    this.#select = pluck(db, 'SELECT withholds_until FROM destination WHERE id = ?');
  }

  /** Its unknown addresses are not suppressed until then. A later end that is already set is kept. */
  withhold(destination: Destination, untilMs: number): void {
    this.#write.run(Math.round(untilMs), destination.id);
  }

  isWithheld(destination: Destination, nowMs: number): boolean {
    return (this.#select.get(destination.id) ?? 0) > nowMs;
  }
}
