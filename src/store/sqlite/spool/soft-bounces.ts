/**
 * The SQL of soft bounces: how many messages in a row an address has not taken, since when. A run outlives a delivery,
 * marked as over, since the message may still come back with a report.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { SoftBounceRun } from '../../../policy/soft-bounces.ts';
import { isLongEnough, longerRun, runAfterReport } from '../../../policy/soft-bounces.ts';
import type { SoftBounce } from '../../suppression-records.ts';
import { NamedStatement, pluck, prepare } from '../engine/prepare.ts';

/** A run that nothing was added to for so long is forgotten. */
const KEEP_MS = 180 * 86_400_000;
const ROWS_A_STEP = 500;

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
  readonly #removeOld: Statement<[number, number]>;
  /** False while there is no run at all, so that deliveries need not look. Only this process adds one. */
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
    this.#removeOld = prepare(
      db,
      `DELETE FROM soft_bounce WHERE (account_id, address) IN
      (SELECT account_id, address FROM soft_bounce INDEXED BY soft_bounce_last WHERE last_at < ? LIMIT ?)`,
    );
    this.#mayHaveRuns = pluck(db, 'SELECT 1 FROM soft_bounce LIMIT 1').get() !== undefined;
  }

  /** One more, by a reply or by a report. True: its address is to be suppressed. */
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

  /** A message arrived, as it seems. `address` is made only when there is any run. */
  arrived(accountKey: number, address: () => string): void {
    if (this.#mayHaveRuns) this.#arrived.run(accountKey, address());
  }

  /** The number removed, at most some hundred. */
  removeOld(nowMs: number): number {
    return this.#removeOld.run(nowMs - KEEP_MS, ROWS_A_STEP).changes;
  }
}
