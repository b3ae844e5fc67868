/** Reads earlier answers to idempotency keys. */
import { IDEMPOTENCY_MS, type FirstResult, type IdempotencyReader } from '../../idempotency.ts';
import { statement } from '../statement.ts';
import { one, type StepsOf } from '../steps.ts';

export interface MarkRow {
  readonly body_hash: Uint8Array<ArrayBuffer> | null;
  readonly result: string;
}

const MARK = statement<{ credential: string; key: string; after: number }, MarkRow>(
  `SELECT body_hash, result FROM idempotency WHERE credential_id = (SELECT id FROM credential
   WHERE public_id = :credential) AND key = :key AND created_at > :after`,
);

export const idempotencyReads: StepsOf<IdempotencyReader> = {
  *firstResult(credential, key, nowMs) {
    const row = yield* one(MARK, { credential, key, after: Math.round(nowMs) - IDEMPOTENCY_MS });
    return row && firstResultOf(row);
  },
};

export function firstResultOf({ body_hash: bodyHash, result }: MarkRow): FirstResult {
  return { bodyHash: bodyHash ?? undefined, result };
}
