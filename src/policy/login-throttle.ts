/**
 * Who may try to log in now. Failures are counted by client address (an IPv6 client by its /64) and by user; past a
 * few free ones each further failure blocks for twice as long, and what is counted fades with time (login-block.ts). Bounded
 * tables; the caller brings the time. RFC 4954 §4, §9.
 *
 * Throttling must not be a weapon: a stranger who guesses at a user, or one broken program behind a NAT, would lock
 * out everybody else there. So a pair (address, user) that logged in during the last week is judged by its own
 * failures only, and those do not count against its address or its user; and a blocked address still lets a right
 * secret of a user in who is not blocked (secrets have 160 random bits: nobody comes upon one).
 *
 * Blocks and good pairs are remembered over a restart (remembered-table.ts): who writes them is the composition's.
 */
import { clientHost } from '../platform/network/client-network.ts';
import type { AcceptedHashes } from '../platform/keyed-hash.ts';
import { RememberedTable, type KeyHash } from '../platform/remembered-table.ts';
import { MINUTE_MS } from '../platform/time-units.ts';
import {
  ADDRESS_POLICY,
  afterFailure,
  blockedForMs,
  fadedFailures,
  KNOWN_PAIR_POLICY,
  loginBlock,
  USER_POLICY,
  type LoginBlock,
  type ThrottleEntry,
} from './login-block.ts';

/** A pair that logged in is known for so long; nothing older is worth keeping. */
export const THROTTLE_MEMORY_MS = 7 * 24 * 60 * MINUTE_MS;

interface Pair {
  readonly succeededAtMs: number;
  readonly entry: ThrottleEntry | undefined;
}

/** What is kept over a restart. `key` is hashed, for an address too. */
export interface ThrottleRecord extends ThrottleEntry {
  readonly kind: 'address' | 'user' | 'pair';
  readonly key: string;
  /** Of a pair. */
  readonly succeededAtMs: number | undefined;
}

export interface ThrottleOptions {
  readonly capacity?: number;
  readonly shared?: boolean;
}

/** An operator has cleared it: an entry without failures that is newer counts. */
function stricter(one: ThrottleEntry, other: ThrottleEntry): ThrottleEntry {
  if (other.failures === 0 && other.atMs >= one.atMs) return other;
  return other.blockedUntilMs > one.blockedUntilMs ? other : one;
}

/** What an operator clears; of one address (an IPv6 client's /64), or of one user. */
export type Cleared = { readonly address: string } | { readonly user: string } | 'all';

/** What the throttle knows of an address, a user, or both together. */
export interface ThrottleState {
  readonly kind: ThrottleRecord['kind'];
  /** `hashed`: of an earlier process, and not met since. */
  readonly key: string;
  readonly hashed: boolean;
  /** Faded to now, rounded. */
  readonly failures: number;
  readonly lastAtMs: number;
  readonly blockedUntilMs: number;
}

/** Of keys that are kept in the store. */
export function throttleKeyHash(hashes: AcceptedHashes): KeyHash {
  return (key) =>
    hashes(`login throttle ${key}`).map((hash) => Buffer.from(hash.subarray(0, 16)).toString('base64'));
}

/** Of what is cleared, by its key; `undefined`: everything. */
export function clearedKey(
  cleared: Cleared,
): { readonly kind: 'address' | 'user'; readonly key: string } | undefined {
  if (cleared === 'all') return undefined;
  return 'address' in cleared
    ? { kind: 'address', key: clientHost(cleared.address) }
    : { kind: 'user', key: userKey(cleared.user) };
}

function laterPair(one: Pair, other: Pair): Pair {
  return other.succeededAtMs > one.succeededAtMs ? other : one;
}

const NO_FAILURES: ThrottleEntry = { failures: 0, atMs: 0, blockedUntilMs: 0 };
/** A pair that logs in all day is written once in this time. */
const REMEMBER_AGAIN_MS = 60 * MINUTE_MS;

/** The counters of one server. Ask `blockOf` before a secret is compared, then tell `failed` or `succeeded`. */
export class LoginThrottle {
  readonly #addresses: RememberedTable<ThrottleEntry>;
  readonly #users: RememberedTable<ThrottleEntry>;
  readonly #pairs: RememberedTable<Pair>;
  #failures = 0;

  /**
   * `hash` for keys that are written; `capacity`: entries a table (three of them), about 200 octets each. `shared`: what other
   * nodes wrote is restored while it runs, and counts where it says more than what is known here.
   */
  constructor(hash: KeyHash, { capacity = 50_000, shared = false }: ThrottleOptions = {}) {
    this.#addresses = new RememberedTable(capacity, hash, shared ? stricter : undefined);
    this.#users = new RememberedTable(capacity, hash, shared ? stricter : undefined);
    this.#pairs = new RememberedTable(capacity, hash, shared ? laterPair : undefined);
  }

  /** Failed logins since it was made. */
  get failures(): number {
    return this.#failures;
  }

  /** `undefined`: no block. `username` as the client sent it; need not exist. */
  blockOf(address: string, username: string, nowMs: number): LoginBlock | undefined {
    const network = clientHost(address);
    const known = this.#knownPair(network, username, nowMs);
    if (known !== undefined) return loginBlock('user', blockedForMs(known.entry, nowMs));
    const byAddressMs = blockedForMs(this.#addresses.get(network), nowMs);
    const byUserMs = blockedForMs(this.#users.get(userKey(username)), nowMs);
    return loginBlock(byUserMs > 0 ? 'user' : 'address', Math.max(byAddressMs, byUserMs));
  }

  failed(address: string, username: string, nowMs: number): void {
    this.#failures++;
    const network = clientHost(address);
    const known = this.#knownPair(network, username, nowMs);
    if (known !== undefined) {
      const entry = afterFailure(known.entry, KNOWN_PAIR_POLICY, nowMs);
      this.#pairs.set(pairKey(network, username), { ...known, entry }, blockedForMs(entry, nowMs) > 0);
      return;
    }
    const byAddress = afterFailure(this.#addresses.get(network), ADDRESS_POLICY, nowMs);
    this.#addresses.set(network, byAddress, blockedForMs(byAddress, nowMs) > 0);
    const user = userKey(username);
    const byUser = afterFailure(this.#users.get(user), USER_POLICY, nowMs);
    this.#users.set(user, byUser, blockedForMs(byUser, nowMs) > 0);
  }

  /** The counters of the address and of the user stay: others may be guessing at the same time. */
  succeeded(address: string, username: string, nowMs: number): void {
    const key = pairKey(clientHost(address), username);
    const before = this.#pairs.get(key);
    const fresh =
      before?.entry === undefined && nowMs - (before?.succeededAtMs ?? -Infinity) < REMEMBER_AGAIN_MS;
    if (fresh) return;
    this.#pairs.set(key, { succeededAtMs: nowMs, entry: undefined }, true);
  }

  /** What is to be written, at most `limit` of each kind. */
  takeChanges(limit: number): readonly ThrottleRecord[] {
    const entries = (kind: 'address' | 'user', table: RememberedTable<ThrottleEntry>) =>
      table
        .takeChanges(limit)
        .map(([key, entry]): ThrottleRecord => ({ kind, key, ...entry, succeededAtMs: undefined }));
    const pairs = this.#pairs.takeChanges(limit).map(([key, { entry, succeededAtMs }]): ThrottleRecord => ({
      kind: 'pair',
      key,
      ...(entry ?? { ...NO_FAILURES, atMs: succeededAtMs }),
      succeededAtMs,
    }));
    return [...entries('address', this.#addresses), ...entries('user', this.#users), ...pairs];
  }

  /** At the start, with what an earlier process wrote. */
  restore(records: Iterable<ThrottleRecord>): void {
    for (const { kind, key, failures, atMs, blockedUntilMs, succeededAtMs } of records) {
      const entry = { failures, atMs, blockedUntilMs };
      if (kind === 'address') this.#addresses.restore(key, entry);
      else if (kind === 'user') this.#users.restore(key, entry);
      else if (succeededAtMs !== undefined)
        this.#pairs.restore(key, { succeededAtMs, entry: failures > 0 ? entry : undefined });
    }
  }

  /** All that failed lately, in no order. */
  *states(nowMs: number): Iterable<ThrottleState> {
    const state = (
      kind: ThrottleState['kind'],
      [key, entry, hashed]: readonly [string, ThrottleEntry, boolean],
    ) => ({
      ...{ kind, key, hashed, lastAtMs: entry.atMs },
      failures: Math.round(fadedFailures(entry, USER_POLICY, nowMs)),
      blockedUntilMs: nowMs + blockedForMs(entry, nowMs),
    });
    for (const one of this.#addresses.entries()) if (one[1].failures > 0) yield state('address', one);
    for (const one of this.#users.entries()) if (one[1].failures > 0) yield state('user', one);
    for (const [key, { entry }, hashed] of this.#pairs.entries())
      if (entry !== undefined) yield state('pair', [key, entry, hashed]);
  }

  /** Forgets failures; who logged in lately stays known. Returns the number of blocks that ended. */
  clear(cleared: Cleared, nowMs: number): number {
    let ended = 0;
    const wanted = clearedKey(cleared);
    const none: ThrottleEntry = { ...NO_FAILURES, atMs: nowMs };
    for (const [kind, table] of [
      ['address', this.#addresses],
      ['user', this.#users],
    ] as const) {
      if (wanted !== undefined && wanted.kind !== kind) continue;
      const isWanted = (key: string, hashed: boolean) =>
        wanted === undefined || (hashed ? table.hashesOf(wanted.key).includes(key) : key === wanted.key);
      for (const [key, entry, hashed] of [...table.entries()]) {
        if (entry.failures === 0 || !isWanted(key, hashed)) continue;
        if (blockedForMs(entry, nowMs) > 0) ended++;
        table.replace(key, none, hashed);
      }
    }
    for (const [key, pair, hashed] of [...this.#pairs.entries()]) {
      if (pair.entry === undefined || (wanted !== undefined && !isOfPair(key, wanted))) continue;
      if (blockedForMs(pair.entry, nowMs) > 0) ended++;
      this.#pairs.replace(key, { ...pair, entry: undefined }, hashed);
    }
    return ended;
  }

  #knownPair(network: string, username: string, nowMs: number) {
    const pair = this.#pairs.get(pairKey(network, username));
    return pair !== undefined && nowMs - pair.succeededAtMs < THROTTLE_MEMORY_MS ? pair : undefined;
  }
}

/** Long names are cut: a key must not be a way to fill memory. */
function userKey(username: string): string {
  return username.slice(0, 256);
}

function isOfPair(
  pair: string,
  { kind, key }: { readonly kind: 'address' | 'user'; readonly key: string },
): boolean {
  return kind === 'address' ? pair.startsWith(`${key} `) : pair.slice(pair.indexOf(' ') + 1) === key;
}

function pairKey(network: string, username: string): string {
  return `${network} ${userKey(username)}`;
}
