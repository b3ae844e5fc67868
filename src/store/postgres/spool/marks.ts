/** Idempotency keys: answered from the marks that were written with the messages. */
import { IDEMPOTENCY_MS, type FirstResult, type IdempotencyMark } from '../../idempotency.ts';
import type { Batch } from './batch.ts';

const FORGET = 'DELETE FROM idempotency WHERE credential_id = $1 AND key = $2 AND created_at <= $3';
/** When another node uses the key at the same time, this transaction fails and finds its mark when repeated. */
const TAKE = `INSERT INTO idempotency (credential_id, key, body_hash, result, created_at) VALUES ($1, $2, $3, $4, $5)`;

/** The earlier answer to the key; `undefined`: it is new. */
export function firstResultOf(
  { answers }: Batch,
  credentialId: string,
  key: string,
  nowMs: number,
): FirstResult | undefined {
  const row = answers.marks.find(
    (mark) =>
      mark.credential === credentialId &&
      mark.key === key &&
      mark.created_at > Math.round(nowMs) - IDEMPOTENCY_MS,
  );
  return row && { bodyHash: row.body_hash ?? undefined, result: row.result };
}

/** Written with the messages; visible to the next operation of this transaction. */
export function takeMark(
  { answers, changes }: Batch,
  credential: { readonly id: string; readonly key: number },
  { key, bodyHash, result }: IdempotencyMark,
  nowMs: number,
): void {
  const at = Math.round(nowMs);
  const write = (text: string, ...values: readonly unknown[]) =>
    changes.marks.push({
      of: credential.key,
      name: key,
      change: { text, values: [credential.key, key, ...values] },
    });
  write(FORGET, at - IDEMPOTENCY_MS);
  write(TAKE, bodyHash ?? null, result, at);
  const mark = { credential: credential.id, key, body_hash: bodyHash ?? null, result, created_at: at };
  (answers.marks as (typeof mark)[]).push(mark);
}
