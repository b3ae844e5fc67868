/**
 * SQL of soft bounces: how many messages in a row an address has not accepted, and since when. A run is kept after a
 * delivery, marked as ended, because a report about the message may still arrive.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { SoftBounceRun } from '../../../policy/soft-bounces.ts';
import { isLongEnough, longerRun, runAfterReport } from '../../../policy/soft-bounces.ts';
import type { SoftBounce } from '../../suppression-records.ts';
import { NamedStatement, pluck, prepare } from '../engine/prepare.ts';

interface RunRow {
  readonly messages: number;
  readonly first_at: number;
  readonly last_at: number;
  readonly arrivals: number;
}

export class SoftBounces {
  readonly #select: Statement<[number, string], RunRow>;
  readonly #put: NamedStatement<{
    account: number;
    address: string;
    messages: number;
    first: number;
    last: number;
    arrivals: number;
  }>;
  readonly #arrived: Statement<[number, string]>;
  /** False while there is no run at all, so that deliveries need not look. Only this process adds runs. */
  #mayHaveRuns: boolean;

  constructor(db: Database) {
    this.#select = prepare(
      db,
      'SELECT messages, first_at, last_at, arrivals FROM soft_bounce WHERE account_id = ? AND address = ?',
    );
    this.#put = new NamedStatement(
      db,
      `INSERT OR REPLACE INTO soft_bounce (account_id, address, messages, first_at, last_at, arrivals)
      VALUES (:account, :address, :messages, :first, :last, :arrivals)`,
    );
    this.#arrived = prepare(
      db,
      'UPDATE soft_bounce SET arrivals = arrivals + 1 WHERE account_id = ? AND address = ?',
    );
    this.#mayHaveRuns = pluck(db, 'SELECT 1 FROM soft_bounce LIMIT 1').get() !== undefined;
  }

  /** Adds one, from a reply or a report. True: its address is to be suppressed. */
  add(accountKey: number, { suppression, rule }: SoftBounce, via: 'reply' | 'report'): boolean {
    const { address, createdAtMs } = suppression;
    const row = this.#select.get(accountKey, address);
    const before: SoftBounceRun | undefined = row && {
      messages: row.messages,
      firstAtMs: row.first_at,
      lastAtMs: row.last_at,
      arrivals: row.arrivals,
    };
    const run = (via === 'reply' ? longerRun : runAfterReport)(before, Math.round(createdAtMs));
    const { messages, firstAtMs: first, lastAtMs: last, arrivals } = run;
    this.#put.run({ account: accountKey, address, messages, first, last, arrivals });
    this.#mayHaveRuns = true;
    return isLongEnough(run, rule);
  }

  /** A message was apparently delivered. `address` is called only when there is any run. */
  arrived(accountKey: number, address: () => string): void {
    if (this.#mayHaveRuns) this.#arrived.run(accountKey, address());
  }
}
