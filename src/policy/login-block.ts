/**
 * How failures of an address, a user or a pair block: each a pure function of the entry, its policy and the time. What is counted,
 * and for whom, is login-throttle.ts's.
 */
import { MINUTE_MS } from '../platform/time-units.ts';

export interface ThrottlePolicy {
  /** Failures that block nothing. */
  readonly freeFailures: number;
  /** The block after the first failure past the free ones; doubles with each further one. */
  readonly firstBlockMs: number;
  readonly maxBlockMs: number;
  /** In this time without a failure the count fades to half. */
  readonly halfLifeMs: number;
}

export interface ThrottleEntry {
  /** Failures, faded to `atMs`. */
  readonly failures: number;
  readonly atMs: number;
  readonly blockedUntilMs: number;
}

export const USER_POLICY: ThrottlePolicy = {
  freeFailures: 5,
  firstBlockMs: 1_000,
  maxBlockMs: 15 * MINUTE_MS,
  halfLifeMs: 10 * MINUTE_MS,
};
/** An address may stand for many users behind a NAT. */
export const ADDRESS_POLICY: ThrottlePolicy = {
  ...USER_POLICY,
  freeFailures: 10,
  maxBlockMs: 60 * MINUTE_MS,
};
/** An address and user that are known to be good: most likely a program with an old secret, harmless but noisy. */
export const KNOWN_PAIR_POLICY: ThrottlePolicy = { ...USER_POLICY, maxBlockMs: MINUTE_MS };

/** The entry after one more failure. */
export function afterFailure(
  entry: ThrottleEntry | undefined,
  policy: ThrottlePolicy,
  nowMs: number,
): ThrottleEntry {
  const failures = (entry === undefined ? 0 : fadedFailures(entry, policy, nowMs)) + 1;
  // Rounded, so that a second or two of fading does not buy one more free failure.
  const excess = Math.round(failures) - policy.freeFailures;
  const blockMs =
    excess <= 0 ? 0 : Math.min(policy.firstBlockMs * 2 ** Math.min(excess - 1, 40), policy.maxBlockMs);
  return { failures, atMs: nowMs, blockedUntilMs: nowMs + blockMs };
}

/** Milliseconds for which the entry still blocks; 0 when it does not. */
export function blockedForMs(entry: ThrottleEntry | undefined, nowMs: number): number {
  if (entry === undefined) return 0;
  // A clock set back by hours must not lock anybody out for hours: a block lasts at most its own length.
  return Math.max(0, Math.min(entry.blockedUntilMs - nowMs, entry.blockedUntilMs - entry.atMs));
}

/** What is left of the entry's failures; not rounded. */
export function fadedFailures(
  { failures, atMs }: ThrottleEntry,
  { halfLifeMs }: ThrottlePolicy,
  nowMs: number,
): number {
  return failures * 0.5 ** (Math.max(0, nowMs - atMs) / halfLifeMs);
}

export interface LoginBlock {
  /** `user`: answer without looking at the secret. `address`: only this address is blocked, a right secret is let in all the same. */
  readonly because: 'address' | 'user';
  /** Whole seconds, at least 1. */
  readonly retryAfterSeconds: number;
}

export function loginBlock(because: LoginBlock['because'], blockMs: number): LoginBlock | undefined {
  if (blockMs <= 0) return undefined;
  return { because, retryAfterSeconds: Math.max(1, Math.ceil(blockMs / 1000)) };
}
