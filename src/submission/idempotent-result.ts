/**
 * The stored result of a request with an idempotency key: the response's JSON, returned to a repeat. SMTP answers
 * with a message id, whichever protocol the first request used.
 */
import type { FirstResult, IdempotencyMark } from '../store/idempotency.ts';

export function smtpMark(key: string, messageId: string): IdempotencyMark {
  return { key, bodyHash: undefined, result: JSON.stringify({ id: messageId }) };
}

/** The first request's message; for a batch the first accepted one. */
export function firstIdOf({ result }: FirstResult): string {
  const { id, results } = JSON.parse(result) as {
    readonly id?: string;
    readonly results?: readonly { readonly id?: string }[];
  };
  return id ?? results?.find((each) => each.id !== undefined)?.id ?? 'msg_unknown';
}
