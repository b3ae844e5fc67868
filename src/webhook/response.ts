/**
 * The meaning of a receiver's response. 2xx: delivered. 410: disable the webhook. Anything else, or no response, is a
 * failure to retry; redirects too, because following one would bypass the address check. Pure.
 */
import { assertNever } from '../platform/assert.ts';

/** The result of one request. */
export type Answer =
  | {
      readonly kind: 'answered';
      readonly statusCode: number;
      /** Retry-After as received. */
      readonly retryAfter: string | undefined;
      readonly location: string | undefined;
      readonly excerpt: string | undefined;
    }
  /** No response, or not in time; `error` says why. */
  | { readonly kind: 'unanswered'; readonly error: string };

export type Verdict =
  | { readonly kind: 'delivered' }
  /** 410: disable the webhook. */
  | { readonly kind: 'gone'; readonly error: string }
  | {
      readonly kind: 'failed';
      readonly error: string;
      /** From Retry-After, for this event. */
      readonly notBeforeMs: number | undefined;
      /** The receiver asks for a pause (429, 503). */
      readonly pausesUntilMs: number | undefined;
    };

/** Upper bound for Retry-After. */
export const LONGEST_RETRY_AFTER_MS = 6 * 3_600_000;

export function judge(answer: Answer, nowMs: number): Verdict {
  switch (answer.kind) {
    case 'unanswered':
      return { kind: 'failed', error: answer.error, notBeforeMs: undefined, pausesUntilMs: undefined };
    case 'answered':
      return judgeStatus(answer, nowMs);
    default:
      return assertNever(answer);
  }
}

function judgeStatus(
  { statusCode, retryAfter, location }: Extract<Answer, { kind: 'answered' }>,
  nowMs: number,
): Verdict {
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered' };
  if (statusCode === 410) return { kind: 'gone', error: 'answered 410 Gone' };
  if (statusCode >= 300 && statusCode < 400) {
    const where = location === undefined ? '' : ` to ${originOf(location)}`;
    return failed(`answered ${statusCode}: redirects${where} are not followed, give the final address`);
  }
  const untilMs = retryAfterMs(retryAfter, nowMs);
  const wholly = statusCode === 429 || statusCode === 503;
  return {
    kind: 'failed',
    error: `answered ${statusCode}`,
    notBeforeMs: untilMs,
    pausesUntilMs: wholly ? untilMs : undefined,
  };
}

function failed(error: string): Verdict {
  return { kind: 'failed', error, notBeforeMs: undefined, pausesUntilMs: undefined };
}

/** Seconds or a date (RFC 9110 §10.2.3), bounded; `undefined` when it is neither or in the past. */
export function retryAfterMs(field: string | undefined, nowMs: number): number | undefined {
  if (field === undefined) return undefined;
  const text = field.trim();
  const untilMs = /^\d{1,10}$/.test(text) ? nowMs + Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(untilMs) || untilMs <= nowMs) return undefined;
  return Math.min(untilMs, nowMs + LONGEST_RETRY_AFTER_MS);
}

/** Origin only: paths may contain secrets of the receiver. */
function originOf(location: string): string {
  return URL.canParse(location) ? new URL(location).origin : 'another path';
}
