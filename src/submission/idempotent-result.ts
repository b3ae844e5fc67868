/**
 * What is kept of a request with an idempotency key: the answer's JSON, so that a repeat hears the same. SMTP answers with
 * an id alone, whichever way the first request came.
 */
import type { FirstResult, IdempotencyMark } from '../store/idempotency.ts';

export function smtpMark(key: string, messageId: string): IdempotencyMark {
  return { key, bodyHash: undefined, result: JSON.stringify({ id: messageId }) };
}

/** The message that the first request made; of a batch the first that was accepted. */
export function firstIdOf({ result }: FirstResult): string {
  const { id, results } = JSON.parse(result) as {
    readonly id?: string;
    readonly results?: readonly { readonly id?: string }[];
  };
  return id ?? results?.find((each) => each.id !== undefined)?.id ?? 'msg_unknown';
}
