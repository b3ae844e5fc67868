/**
 * Who may try to log in now. Failures are counted by client address (an IPv6 client by its /64) and by user; past a
 * few free ones each further failure blocks for twice as long, and what is counted fades with time. Pure transitions
 * and a bounded table; the caller brings the time. RFC 4954 §4, §9.
 *
 * Throttling must not be a weapon: a stranger who guesses at a user, or one broken program behind a NAT, would lock
 * out everybody else there. So a pair (address, user) that logged in during the last week is judged by its own
 * failures only, and those do not count against its address or its user.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { BoundedTable } from './bounded-table.ts';

export { BoundedTable };

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

const MINUTE_MS = 60_000;

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

const KNOWN_FOR_MS = 7 * 24 * 60 * MINUTE_MS;

/** The entry after one more failure. */
export function afterFailure(
  entry: ThrottleEntry | undefined,
  policy: ThrottlePolicy,
  nowMs: number,
): ThrottleEntry {
  const faded =
    entry === undefined ? 0 : entry.failures * 0.5 ** (elapsedMs(entry, nowMs) / policy.halfLifeMs);
  const failures = faded + 1;
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

function elapsedMs(entry: ThrottleEntry, nowMs: number): number {
  return Math.max(0, nowMs - entry.atMs);
}

/** What an address is counted as: IPv4 as it is (also when mapped into IPv6), IPv6 by its /64 as `2001:db8:0:1::/64`. */
export function throttleAddress(address: string): string {
  const plain = address.replace(/%.*$/, '').toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // An embedded IPv4 address at the end stands for two groups; those never reach the first four.
  const width = before.length + after.length + (after.at(-1)?.includes('.') === true ? 1 : 0);
  const zeros = tail === undefined ? 0 : 8 - width;
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after];
  const prefix = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(':')}::/64`;
}

export type ThrottleDecision =
  | { readonly allowed: true }
  /** Answer 421 4.7.0 and close, without looking at the secret. Whole seconds, at least 1. */
  | { readonly allowed: false; readonly because: 'address' | 'user'; readonly retryAfterSeconds: number };

/** The counters of one server. Ask `check` before a secret is compared, then tell `failed` or `succeeded`. */
export class LoginThrottle {
  readonly #addresses: BoundedTable<ThrottleEntry>;
  readonly #users: BoundedTable<ThrottleEntry>;
  readonly #pairs: BoundedTable<{
    readonly succeededAtMs: number;
    readonly entry: ThrottleEntry | undefined;
  }>;

  /** `capacity`: entries a table (three of them), about 200 octets each. */
  constructor(capacity = 50_000) {
    this.#addresses = new BoundedTable(capacity);
    this.#users = new BoundedTable(capacity);
    this.#pairs = new BoundedTable(capacity);
  }

  /** `username` as the client sent it; need not exist. */
  check(address: string, username: string, nowMs: number): ThrottleDecision {
    const network = throttleAddress(address);
    const known = this.#knownPair(network, username, nowMs);
    if (known !== undefined) return decide('user', blockedForMs(known.entry, nowMs));
    const byAddressMs = blockedForMs(this.#addresses.get(network), nowMs);
    const byUserMs = blockedForMs(this.#users.get(userKey(username)), nowMs);
    return byAddressMs >= byUserMs ? decide('address', byAddressMs) : decide('user', byUserMs);
  }

  failed(address: string, username: string, nowMs: number): void {
    const network = throttleAddress(address);
    const known = this.#knownPair(network, username, nowMs);
    if (known !== undefined) {
      const entry = afterFailure(known.entry, KNOWN_PAIR_POLICY, nowMs);
      this.#pairs.set(pairKey(network, username), { ...known, entry });
      return;
    }
    this.#addresses.set(network, afterFailure(this.#addresses.get(network), ADDRESS_POLICY, nowMs));
    const user = userKey(username);
    this.#users.set(user, afterFailure(this.#users.get(user), USER_POLICY, nowMs));
  }

  /** The counters of the address and of the user stay: others may be guessing at the same time. */
  succeeded(address: string, username: string, nowMs: number): void {
    this.#pairs.set(pairKey(throttleAddress(address), username), { succeededAtMs: nowMs, entry: undefined });
  }

  #knownPair(network: string, username: string, nowMs: number) {
    const pair = this.#pairs.get(pairKey(network, username));
    return pair !== undefined && nowMs - pair.succeededAtMs < KNOWN_FOR_MS ? pair : undefined;
  }
}

function decide(because: 'address' | 'user', blockMs: number): ThrottleDecision {
  if (blockMs <= 0) return { allowed: true };
  return { allowed: false, because, retryAfterSeconds: Math.max(1, Math.ceil(blockMs / 1000)) };
}

/** Long names are cut: a key must not be a way to fill memory. */
function userKey(username: string): string {
  return username.slice(0, 256);
}

function pairKey(network: string, username: string): string {
  return `${network} ${userKey(username)}`;
}
