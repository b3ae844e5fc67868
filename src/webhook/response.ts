/**
 * What a receiver's answer means. 2xx: it has it. 410: it wants no more. Anything else, and no answer at all, is a failure
 * that is tried again; redirects too, since following one would go round the check of the address. Pure.
 */
import { assertNever } from '../platform/assert.ts';

/** What came of one request. */
export type Answer =
  | {
      readonly kind: 'answered';
      readonly statusCode: number;
      /** The header fields as they stand. */
      readonly retryAfter: string | undefined;
      readonly location: string | undefined;
      readonly excerpt: string | undefined;
    }
  /** Nothing came back, or not in time; `error` says what happened, in words. */
  | { readonly kind: 'unanswered'; readonly error: string };

export type Verdict =
  | { readonly kind: 'delivered' }
  /** 410: switch the webhook off. */
  | { readonly kind: 'gone'; readonly error: string }
  | {
      readonly kind: 'failed';
      readonly error: string;
      /** Not before then, for this event. */
      readonly notBeforeMs: number | undefined;
      /** The receiver as a whole wants to be left alone until then (429, 503). */
      readonly pausesUntilMs: number | undefined;
    };

/** However long a receiver wants to be left alone. */
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

/** Seconds or a date (RFC 9110 §10.2.3), bounded; `undefined` when it is neither or lies behind. */
export function retryAfterMs(field: string | undefined, nowMs: number): number | undefined {
  if (field === undefined) return undefined;
  const text = field.trim();
  const untilMs = /^\d{1,10}$/.test(text) ? nowMs + Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(untilMs) || untilMs <= nowMs) return undefined;
  return Math.min(untilMs, nowMs + LONGEST_RETRY_AFTER_MS);
}

/** Paths may hold secrets of the receiver's. */
function originOf(location: string): string {
  return URL.canParse(location) ? new URL(location).origin : 'another path';
}
