/** The SQL of idempotency keys: found, written with the messages that they stand for, removed when their time is over. */
import type { Database, Statement } from 'better-sqlite3';
import {
  IDEMPOTENCY_MS,
  type FirstResult,
  type IdempotencyMark,
  type IdempotencyReader,
} from '../../idempotency.ts';
import { NamedStatement, pluck, prepare } from '../engine/prepare.ts';
import type { Direct } from '../engine/reads.ts';

interface Row {
  readonly body_hash: Uint8Array<ArrayBuffer> | null;
  readonly result: string;
}

export class Idempotency {
  readonly #select: Statement<[number, string, number], Row>;
  readonly #insert: NamedStatement<{
    credential: number;
    key: string;
    hash: Uint8Array | undefined;
    result: string;
    at: number;
  }>;
  readonly #removeBefore: Statement<[number, number]>;

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
    this.#removeBefore = prepare(
      db,
      `DELETE FROM idempotency WHERE (credential_id, key) IN (SELECT credential_id, key
      FROM idempotency INDEXED BY idempotency_created WHERE created_at <= ? ORDER BY created_at LIMIT ?)`,
    );
  }

  /** What the key was answered with before; `undefined`, and the mark is written, when it is new. Inside a transaction. */
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

  /** At most `limit` whose time is over; the result counts them. */
  removeOld(nowMs: number, limit: number): number {
    return this.#removeBefore.run(Math.round(nowMs) - IDEMPOTENCY_MS, limit).changes;
  }
}

/** On `db`, which may be read-only. */
export function createIdempotencyReader(db: Database): Direct<IdempotencyReader> {
  const credentialKey = pluck<[string], number>(db, 'SELECT id FROM credential WHERE public_id = ?');
  const select = prepare<[number, string, number], Row>(
    db,
    'SELECT body_hash, result FROM idempotency WHERE credential_id = ? AND key = ? AND created_at > ?',
  );
  return {
    firstResult(credentialId, key, nowMs) {
      const id = credentialKey.get(credentialId);
      const row = id === undefined ? undefined : select.get(id, key, Math.round(nowMs) - IDEMPOTENCY_MS);
      return row === undefined ? undefined : firstResultOf(row);
    },
  };
}

function firstResultOf({ body_hash: bodyHash, result }: Row): FirstResult {
  return { bodyHash: bodyHash ?? undefined, result };
}
