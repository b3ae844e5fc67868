/** The SQL of suppressions: who is not mailed any more, for an account or for one of its streams. */
import type { Database, Statement } from 'better-sqlite3';
import type { NewSuppression, Suppression } from '../records.ts';
import { pluck, prepare } from './prepare.ts';

interface SuppressionRow {
  readonly address: string;
  readonly scope: string;
  readonly reason: NewSuppression['reason'];
  readonly evidence: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly created_by: string;
  readonly account_public_id: string;
  readonly account_name: string;
}

const SELECT = `SELECT s.*, a.public_id AS account_public_id, a.name AS account_name
  FROM suppression s JOIN account a ON a.id = s.account_id`;

export class Suppressions {
  readonly #reason: Statement<[number, string, string, number], string>;
  readonly #find: Statement<[string, string, string, number], SuppressionRow>;
  readonly #list: Statement<[string, string, number], SuppressionRow>;
  readonly #rest: Statement<[string, string, string], SuppressionRow>;
  readonly #put: Statement;
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
    this.#put = prepare(
      db,
      `INSERT OR REPLACE INTO suppression
      (account_id, address, scope, reason, evidence, created_at, expires_at, created_by)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#remove = prepare(db, 'DELETE FROM suppression WHERE account_id = ? AND address = ? AND scope = ?');
  }

  /** The reason why `recipient` is not mailed for that stream at that time. */
  reasonFor(accountKey: number, stream: string, recipient: string, nowMs: number): string | undefined {
    return this.#reason.get(accountKey, suppressionKey(recipient), stream, nowMs);
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

  /** Replaces one of the same account, address and scope. */
  put(accountKey: number, suppression: NewSuppression): void {
    this.#put.run(
      accountKey,
      suppression.address,
      suppression.scope,
      suppression.reason,
      suppression.evidence,
      Math.round(suppression.createdAtMs),
      suppression.expiresAtMs === undefined ? null : Math.round(suppression.expiresAtMs),
      suppression.createdBy,
    );
  }

  /** The number removed. */
  remove(accountKey: number, address: string, scope: string): number {
    return this.#remove.run(accountKey, address, scope).changes;
  }
}

/** `addressKey` of a stored recipient, whose domain is in its normal form already. */
function suppressionKey(recipient: string): string {
  const at = recipient.lastIndexOf('@');
  return recipient.slice(0, at).toLowerCase() + recipient.slice(at);
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
  };
}
