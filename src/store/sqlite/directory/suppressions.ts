/** The SQL of suppressions: who is not mailed any more, for an account or for one of its streams. */
import type { Database, Statement } from 'better-sqlite3';
import { suppressionKeyOf } from '../../../smtp/address-keys.ts';
import type { NewSuppression, Suppression } from '../../suppression-records.ts';
import { pluck, prepare } from '../engine/prepare.ts';

interface SuppressionRow {
  readonly address: string;
  readonly scope: string;
  readonly reason: NewSuppression['reason'];
  readonly evidence: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly created_by: string;
  readonly event: number | null;
  readonly account_public_id: string;
  readonly account_name: string;
}

const SELECT = `SELECT s.*, a.public_id AS account_public_id, a.name AS account_name
  FROM suppression s JOIN account a ON a.id = s.account_id`;

const ROW = '(?, ?, ?, ?, ?, ?, ?, ?, ?)';
const COLUMNS = `(account_id, address, scope, reason, evidence, created_at, expires_at, created_by, event)
  VALUES ${ROW}`;
/** Rows of one statement of an import: half the cost of single ones. */
const ROWS_TOGETHER = 50;
const ROWS_A_STEP = 500;

export class Suppressions {
  readonly #reason: Statement<[number, string, string, number], string>;
  readonly #find: Statement<[string, string, string, number], SuppressionRow>;
  readonly #list: Statement<[string, string, number], SuppressionRow>;
  readonly #rest: Statement<[string, string, string], SuppressionRow>;
  readonly #put: Statement;
  readonly #putUnlessLonger: Statement;
  readonly #putTogether: Statement;
  readonly #withdraw: Statement<[number, string, string]>;
  readonly #removeExpired: Statement<[number, number]>;
  readonly #remove: Statement<[number, string, string]>;

  constructor(db: Database) {
    // scope '' sorts before a stream's name, so the account's suppression is found first.
    this.#reason = pluck<[number, string, string, number], string>(
      db,
      `SELECT reason FROM suppression WHERE account_id = ? AND address = ? AND (+scope = '' OR +scope = ?)
         AND (expires_at IS NULL OR expires_at > ?) LIMIT 1`,
    );
    this.#find = prepare(
      db,
      `${SELECT} WHERE a.public_id = ? AND s.address = ? AND s.scope IN ('', ?)
      AND (s.expires_at IS NULL OR s.expires_at > ?) ORDER BY s.scope LIMIT 1`,
    );
    this.#list = prepare(
      db,
      `${SELECT} WHERE a.public_id = ? AND s.address > ?
      ORDER BY s.address, s.scope LIMIT ?`,
    );
    this.#rest = prepare(
      db,
      `${SELECT} WHERE a.public_id = ? AND s.address = ? AND s.scope > ? ORDER BY s.scope`,
    );
    this.#put = prepare(db, `INSERT OR REPLACE INTO suppression ${COLUMNS}`);
    const unlessLonger = `ON CONFLICT (account_id, address, scope) DO UPDATE SET
      reason = excluded.reason, evidence = excluded.evidence, created_at = excluded.created_at,
      expires_at = excluded.expires_at, created_by = excluded.created_by, event = excluded.event
      WHERE expires_at IS NOT NULL AND (excluded.expires_at IS NULL OR excluded.expires_at > expires_at)`;
    this.#putUnlessLonger = prepare(db, `INSERT INTO suppression ${COLUMNS} ${unlessLonger}`);
    const more = `, ${ROW}`.repeat(ROWS_TOGETHER - 1);
    this.#putTogether = prepare(db, `INSERT INTO suppression ${COLUMNS}${more} ${unlessLonger}`);
    this.#withdraw = prepare(
      db,
      "DELETE FROM suppression WHERE account_id = ? AND address = ? AND scope = '' AND reason = ?",
    );
    this.#removeExpired = prepare(
      db,
      `DELETE FROM suppression WHERE (account_id, address, scope) IN
      (SELECT account_id, address, scope FROM suppression INDEXED BY suppression_expires
       WHERE expires_at <= ? LIMIT ?)`,
    );
    this.#remove = prepare(db, 'DELETE FROM suppression WHERE account_id = ? AND address = ? AND scope = ?');
  }

  /** The reason why `recipient` is not mailed for that stream at that time. */
  reasonFor(accountKey: number, stream: string, recipient: string, nowMs: number): string | undefined {
    return this.#reason.get(accountKey, suppressionKeyOf(recipient), stream, nowMs);
  }

  find(accountId: string, stream: string, address: string, nowMs: number): Suppression | undefined {
    const row = this.#find.get(accountId, address, stream, nowMs);
    return row === undefined ? undefined : suppressionOf(row);
  }

  /** In order of address. An address is never split over two pages, so a page may be a little longer. */
  list(accountId: string, after: string, limit: number): Suppression[] {
    const rows = this.#list.all(accountId, after, limit);
    const last = rows.at(-1);
    if (last !== undefined) rows.push(...this.#rest.all(accountId, last.address, last.scope));
    return rows.map(suppressionOf);
  }

  /** Replaces one of the same account, address and scope. `event`: the sequence of the event that it rests on. */
  put(accountKey: number, suppression: NewSuppression, event?: number): void {
    this.#put.run(...valuesOf(accountKey, suppression, event));
  }

  /** The same, but one that is there already and lasts as long stays. True when it was written. */
  putUnlessLonger(accountKey: number, suppression: NewSuppression, event?: number): boolean {
    return this.#putUnlessLonger.run(...valuesOf(accountKey, suppression, event)).changes > 0;
  }

  /** The same for many; the result counts those written. */
  putAllUnlessLonger(
    all: readonly NewSuppression[],
    accountKeyOf: (suppression: NewSuppression) => number,
  ): number {
    let written = 0;
    let at = 0;
    for (; at + ROWS_TOGETHER <= all.length; at += ROWS_TOGETHER) {
      const values = all
        .slice(at, at + ROWS_TOGETHER)
        .flatMap((one) => valuesOf(accountKeyOf(one), one, undefined));
      written += this.#putTogether.run(...values).changes;
    }
    for (const one of all.slice(at)) if (this.putUnlessLonger(accountKeyOf(one), one)) written++;
    return written;
  }

  /** Of the whole account, if it is there for that reason. */
  withdraw(accountKey: number, address: string, reason: NewSuppression['reason']): void {
    this.#withdraw.run(accountKey, address, reason);
  }

  /** The number removed, at most some hundred. */
  removeExpired(nowMs: number): number {
    return this.#removeExpired.run(nowMs, ROWS_A_STEP).changes;
  }

  /** The number removed. */
  remove(accountKey: number, address: string, scope: string): number {
    return this.#remove.run(accountKey, address, scope).changes;
  }
}

function valuesOf(accountKey: number, suppression: NewSuppression, event: number | undefined) {
  return [
    accountKey,
    suppression.address,
    suppression.scope,
    suppression.reason,
    suppression.evidence,
    Math.round(suppression.createdAtMs),
    suppression.expiresAtMs === undefined ? null : Math.round(suppression.expiresAtMs),
    suppression.createdBy,
    event ?? null,
  ];
}

function suppressionOf(row: SuppressionRow): Suppression {
  return {
    accountId: row.account_public_id,
    accountName: row.account_name,
    scope: row.scope,
    address: row.address,
    reason: row.reason,
    evidence: row.evidence,
    createdAtMs: row.created_at,
    expiresAtMs: row.expires_at ?? undefined,
    createdBy: row.created_by,
    event: row.event ?? undefined,
  };
}
