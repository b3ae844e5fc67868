/** SQL of idempotency keys for accepting: looked up, and written with their messages. */
import type { Database, Statement } from 'better-sqlite3';
import { IDEMPOTENCY_MS, type FirstResult, type IdempotencyMark } from '../../idempotency.ts';
import { firstResultOf, type MarkRow } from '../../sql/directory/idempotency-reads.ts';
import { NamedStatement, prepare } from '../engine/prepare.ts';

export class Idempotency {
  readonly #select: Statement<[number, string, number], MarkRow>;
  readonly #insert: NamedStatement<{
    credential: number;
    key: string;
    hash: Uint8Array | undefined;
    result: string;
    at: number;
  }>;

  constructor(db: Database) {
    this.#select = prepare(
      db,
      'SELECT body_hash, result FROM idempotency WHERE credential_id = ? AND key = ? AND created_at > ?',
    );
    this.#insert = new NamedStatement(
      db,
      `INSERT OR REPLACE INTO idempotency (credential_id, key, body_hash, result, created_at)
      VALUES (:credential, :key, :hash, :result, :at)`,
    );
  }

  /** The earlier answer to the key; `undefined`: it is new, and the mark is written. Inside a transaction. */
  take(
    credentialKey: number,
    { key, bodyHash, result }: IdempotencyMark,
    nowMs: number,
  ): FirstResult | undefined {
    const first = this.#select.get(credentialKey, key, Math.round(nowMs) - IDEMPOTENCY_MS);
    if (first !== undefined) return firstResultOf(first);
    this.#insert.run({ credential: credentialKey, key, hash: bodyHash, result, at: Math.round(nowMs) });
    return undefined;
  }
}
