/**
 * Answers to repeated requests. The mark of a request is written in the transaction that accepts its messages, so a key
 * stands for mail in the spool or for nothing, whenever the process dies.
 *
 * A key belongs to a credential and is valid for {@link IDEMPOTENCY_MS}; afterwards it can be used again.
 */

export const IDEMPOTENCY_MS = 86_400_000;
export const MAX_IDEMPOTENCY_KEY_CHARACTERS = 255;

export interface IdempotencyMark {
  /** 1 to {@link MAX_IDEMPOTENCY_KEY_CHARACTERS} printable ASCII characters. */
  readonly key: string;
  /** SHA-256 of the request; `undefined` for mail by SMTP, where the key alone decides. */
  readonly bodyHash: Uint8Array | undefined;
  /** JSON: the answer to the request, now and to each repetition. */
  readonly result: string;
}

/** A key that was used before. */
export type FirstResult = Pick<IdempotencyMark, 'bodyHash' | 'result'>;

export interface IdempotencyReader {
  /** `undefined`: the key is new, or has expired. Another accept may come in between: the spool decides. */
  firstResult(credentialId: string, key: string, nowMs: number): Promise<FirstResult | undefined>;
}
