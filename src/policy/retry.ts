/**
 * When a deferred delivery is tried again, when it is given up, and how long a destination that failed as a whole
 * is left alone. Pure: the caller brings the time and a random float. RFC 5321 §4.5.4.1 (retry, give-up time).
 *
 * Give-up time: the earlier of `delivery.max_age` after acceptance and the message's own `expires`. The schedule does
 * not simply stop before it: when the next wait would end past it and at least the schedule's first wait is left, one
 * last attempt is placed shortly before it (in the last 15 to 5 % of what is left). Without that, a message that
 * lives five minutes would be tried at 0 and 1 minute only, and one of four days could be given up four hours early.
 */

/** 1 m, 5 m, 15 m, 30 m, 1 h, 2 h, 4 h; the last repeats. */
export const DEFAULT_RETRY_SCHEDULE_MS: readonly number[] = [1, 5, 15, 30, 60, 120, 240].map(
  (minutes) => minutes * 60_000,
);

/** Each wait is changed by up to this share, so that what failed together does not come back together. */
const JITTER = 0.1;
const FALLBACK_WAIT_MS = 60_000;

export const DESTINATION_BACKOFF_FIRST_MS = 30_000;
export const DESTINATION_BACKOFF_MAX_MS = 600_000;

export interface Lifetime {
  /** When it was accepted or, if later, when it was first allowed to leave (`sendAtMs`). */
  readonly acceptedAtMs: number;
  /** The message's own end; `undefined`: it has none. */
  readonly expiresAtMs: number | undefined;
  /** `delivery.max_age`; `undefined`: `expiresAtMs` alone decides. */
  readonly maxAgeMs?: number | undefined;
}

export interface RetryFacts extends Lifetime {
  /** Attempts that count, the one that just failed included; 0 is taken for 1. */
  readonly attempts: number;
  readonly nowMs: number;
  /** Waits after the first, second, ... attempt; the last repeats. */
  readonly scheduleMs: readonly number[];
  /** In [0, 1). */
  readonly random: number;
  /** The remote asked to wait that long: never earlier; default: it named no time. */
  readonly leastWaitMs?: number | undefined;
}

export type NextAttempt =
  | { readonly kind: 'retry'; readonly atMs: number }
  /** The time is over, or what is left of it is too short for another try. */
  | { readonly kind: 'expired' };

/** Epoch milliseconds at which the message is given up; infinite when nothing limits it. */
export function giveUpAtMs(lifetime: Lifetime): number {
  const byAge =
    lifetime.maxAgeMs === undefined ? Number.POSITIVE_INFINITY : lifetime.acceptedAtMs + lifetime.maxAgeMs;
  return Math.min(byAge, lifetime.expiresAtMs ?? Number.POSITIVE_INFINITY);
}

/** When a delivery that was deferred at `nowMs` is tried next. */
export function nextAttempt(facts: RetryFacts): NextAttempt {
  const { scheduleMs, attempts, nowMs, random, leastWaitMs = 0 } = facts;
  const firstWaitMs = scheduleMs[0] ?? FALLBACK_WAIT_MS;
  const waitMs = scheduleMs[Math.min(Math.max(attempts, 1), scheduleMs.length) - 1] ?? FALLBACK_WAIT_MS;
  const endMs = giveUpAtMs(facts);
  const byScheduleMs = waitMs * (1 - JITTER + 2 * JITTER * random);
  const atMs = Math.round(nowMs + Math.max(byScheduleMs, leastWaitMs * (1 + JITTER * random)));
  if (atMs < endMs) return { kind: 'retry', atMs };
  const leftMs = endMs - nowMs;
  if (leftMs < firstWaitMs) return { kind: 'expired' };
  // The margin leaves time to be claimed and tried before the end.
  return { kind: 'retry', atMs: Math.round(nowMs + leftMs * (0.85 + 0.1 * random)) };
}

/** A delivery that waits. `attempts`: those of its destination too, while nothing comes of them. */
export interface Waiting extends Lifetime {
  readonly attempts: number;
}

/**
 * From when a delivery is given up instead of being tried, in epoch milliseconds. Past the sender's own end nothing is tried
 * any more (the code in the mail is worthless by then); past `max_age` alone, a delivery that was never tried, since
 * the relay was down or the queue was held, still gets its first attempt: infinite.
 */
export function triedUntilMs(waiting: Waiting): number {
  const { attempts, acceptedAtMs, expiresAtMs, maxAgeMs } = waiting;
  if (attempts > 0) return giveUpAtMs(waiting);
  const endsByAge = maxAgeMs !== undefined && (expiresAtMs ?? Infinity) >= acceptedAtMs + maxAgeMs;
  return endsByAge ? Infinity : (expiresAtMs ?? Infinity);
}

/** True when a delivery that is due is given up instead of being tried. */
export function isGivenUp({ nowMs, ...waiting }: Waiting & { readonly nowMs: number }): boolean {
  return nowMs >= triedUntilMs(waiting);
}

/**
 * How long to leave a destination alone after `failures` (1 or more) failures of its connections in a row: 30 s
 * doubled each time up to 10 minutes, less up to a fifth at random. `random` in [0, 1).
 */
export function destinationBackoffMs(failures: number, random: number): number {
  const doublings = Math.min(Math.max(failures, 1) - 1, 30);
  const waitMs = Math.min(DESTINATION_BACKOFF_FIRST_MS * 2 ** doublings, DESTINATION_BACKOFF_MAX_MS);
  return Math.round(waitMs * (1 - 0.2 * random));
}

/** A clock that is a little behind the one by which a block was written makes no difference. */
const CLOCK_SLACK_MS = 60_000;

/** Blocks that end later than this were written by a clock that was wrong and has been set back. */
export function latestBlockMs(nowMs: number): number {
  return nowMs + DESTINATION_BACKOFF_MAX_MS + CLOCK_SLACK_MS;
}

/**
 * True while a destination that is blocked until `untilMs` is not tried. No back-off is longer than 10 minutes: a block
 * that lies further ahead comes from a wall clock that has been set back since, and is over.
 */
export function isLeftAlone(untilMs: number, nowMs: number): boolean {
  return nowMs < untilMs && untilMs <= latestBlockMs(nowMs);
}
