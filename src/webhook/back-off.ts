/**
 * Back-off of webhooks. An event is retried for a day and a half, with waits that grow from seconds to hours, plus
 * jitter. A receiver that fails every request gets one new event now and then as a probe, and its webhook is paused
 * after a day and a half without a success. Pure.
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits after the first, second, ... failure; a day and a half in total. */
export const RETRY_WAITS_MS: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  5 * HOUR,
  6 * HOUR,
  6 * HOUR,
  6 * HOUR,
  6 * HOUR,
];
/** Each wait is longer or shorter by up to this share. */
export const JITTER = 0.2;
export const RETRY_SPAN_MS = 36 * HOUR;

/** A receiver counts as down after this number of consecutive failures. */
export const DOWN_AFTER_FAILURES = 5;
const FIRST_PROBE_MS = 5 * SECOND;
const LONGEST_PROBE_MS = 5 * MINUTE;

export interface FailedTry {
  /** Including this one. */
  readonly attempts: number;
  readonly firstAttemptAtMs: number;
  readonly nowMs: number;
  /** From Retry-After. */
  readonly notBeforeMs: number | undefined;
  /** In [0, 1). */
  readonly random: number;
}

export type NextTry = { readonly kind: 'retry'; readonly atMs: number } | { readonly kind: 'given-up' };

export function nextTry({ attempts, firstAttemptAtMs, nowMs, notBeforeMs, random }: FailedTry): NextTry {
  const waitMs = RETRY_WAITS_MS[attempts - 1];
  // A clock that was set back must not extend the waits.
  if (waitMs === undefined || nowMs - firstAttemptAtMs >= RETRY_SPAN_MS) return { kind: 'given-up' };
  const jittered = waitMs * (1 - JITTER + 2 * JITTER * random);
  return { kind: 'retry', atMs: Math.round(Math.max(nowMs + jittered, notBeforeMs ?? 0)) };
}

/** True when the webhook is to be paused: it was tried for that long without a success. */
export function failsForLong(failingSinceMs: number | undefined, nowMs: number): boolean {
  return failingSinceMs !== undefined && nowMs - failingSinceMs >= RETRY_SPAN_MS;
}

/** The pause before a receiver that is down gets its next probe. */
export function probePauseMs(failures: number): number {
  const doublings = Math.min(Math.max(0, failures - DOWN_AFTER_FAILURES), 10);
  return Math.min(LONGEST_PROBE_MS, FIRST_PROBE_MS * 2 ** doublings);
}
