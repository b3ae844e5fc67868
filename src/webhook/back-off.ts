/**
 * When an event is told again, and when a webhook is left alone. An event is tried for a day and a half, with waits that
 * grow from seconds to hours and differ by chance. A receiver that fails at everything gets no more than one new event
 * now and then to see whether it is back, and is paused after a day and a half without any success. Pure.
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits after the first, second, ... failure; together a day and a half. */
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

/** Failures in a row from which on a receiver counts as down. */
export const DOWN_AFTER_FAILURES = 5;
const FIRST_PROBE_MS = 5 * SECOND;
const LONGEST_PROBE_MS = 5 * MINUTE;

export interface FailedTry {
  /** This one included. */
  readonly attempts: number;
  readonly firstAttemptAtMs: number;
  readonly nowMs: number;
  /** What the receiver asked for. */
  readonly notBeforeMs: number | undefined;
  /** In [0, 1). */
  readonly random: number;
}

export type NextTry = { readonly kind: 'retry'; readonly atMs: number } | { readonly kind: 'given-up' };

export function nextTry({ attempts, firstAttemptAtMs, nowMs, notBeforeMs, random }: FailedTry): NextTry {
  const waitMs = RETRY_WAITS_MS[attempts - 1];
  // A clock that was set back makes nothing younger than its waits.
  if (waitMs === undefined || nowMs - firstAttemptAtMs >= RETRY_SPAN_MS) return { kind: 'given-up' };
  const jittered = waitMs * (1 - JITTER + 2 * JITTER * random);
  return { kind: 'retry', atMs: Math.round(Math.max(nowMs + jittered, notBeforeMs ?? 0)) };
}

/** Nothing has arrived for so long, although it was tried, that it is paused. */
export function failsForLong(failingSinceMs: number | undefined, nowMs: number): boolean {
  return failingSinceMs !== undefined && nowMs - failingSinceMs >= RETRY_SPAN_MS;
}

/** How long a receiver that is down is left alone before it gets one new event. */
export function probePauseMs(failures: number): number {
  const doublings = Math.min(Math.max(0, failures - DOWN_AFTER_FAILURES), 10);
  return Math.min(LONGEST_PROBE_MS, FIRST_PROBE_MS * 2 ** doublings);
}
