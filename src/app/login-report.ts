/**
 * Failed logins and blocks as a running relay knows them, for its operator. Addresses are shown as they are; a user name only
 * where there is such a user, or where it was asked for: people type their password in its place.
 */
import type { LoginsReport } from '../control/protocol.ts';
import { clientHost } from '../platform/network/client-network.ts';
import {
  throttleKeyHash,
  type Cleared,
  type LoginThrottle,
  type ThrottleState,
} from '../policy/login-throttle.ts';
import type { KeyedHash } from '../platform/keyed-hash.ts';
import type { DirectoryReader } from '../store/directory.ts';

export interface LoginReportOptions {
  readonly throttle: Pick<LoginThrottle, 'states' | 'clear'>;
  readonly reader: Pick<DirectoryReader, 'credentialByUsername'>;
  readonly box: KeyedHash;
}

interface Asked {
  readonly address: string | undefined;
  readonly user: string | undefined;
}

type AskedHashes = Readonly<Record<keyof Asked, readonly string[]>>;

const MOST_SHOWN = 500;
const HASH_OCTETS = 6;
/** intake/authentication.ts: failures with an API key are counted by the hash of the key. */
const API_KEY = /^api ([A-Za-z0-9+/]{16})$/;

export async function loginsReport(
  { address, user }: Asked,
  { throttle, reader, box }: LoginReportOptions,
  nowMs: number,
): Promise<LoginsReport> {
  const host = address === undefined ? undefined : clientHost(address);
  const hash = throttleKeyHash(box.hmacs);
  const known = { address: host, user };
  const hashes = {
    address: host === undefined ? [] : hash(host),
    user: user === undefined ? [] : hash(user),
  };
  const found = [...throttle.states(nowMs)]
    .filter(({ failures, blockedUntilMs }) => failures > 0 || blockedUntilMs > nowMs)
    .map((state) => ({ state, ...partsOf(state, known, hashes) }))
    .filter(
      (one) => (host === undefined || one.address === host) && (user === undefined || one.user === user),
    )
    .sort((a, b) => order(a.state, b.state));
  const logins: LoginsReport['logins'][number][] = [];
  for (const one of found.slice(0, MOST_SHOWN)) {
    const { hashed, failures, lastAtMs, blockedUntilMs } = one.state;
    logins.push({
      address: one.address,
      ...(one.user !== undefined && (await named(one.user, one.user === user, reader, box))),
      hashed,
      failures,
      lastAtMs,
      blockedUntilMs: blockedUntilMs > nowMs ? blockedUntilMs : undefined,
    });
  }
  return { logins, more: found.length - logins.length };
}

/** Resolves to the number of blocks that ended. */
export function clearLoginsNow(
  { address, user }: Asked,
  throttle: Pick<LoginThrottle, 'clear'>,
  nowMs: number,
): { readonly ended: number } {
  const cleared: Cleared = address !== undefined ? { address } : user !== undefined ? { user } : 'all';
  return { ended: throttle.clear(cleared, nowMs) };
}

/** What was asked for is found by its hash. */
function partsOf({ kind, key, hashed }: ThrottleState, asked: Asked, hashes: AskedHashes): Partial<Asked> {
  if (hashed) return kind !== 'pair' && hashes[kind].includes(key) ? { [kind]: asked[kind] } : {};
  if (kind === 'address') return { address: key };
  if (kind === 'user') return { user: key };
  const at = key.indexOf(' ');
  return { address: key.slice(0, at), user: key.slice(at + 1) };
}

async function named(
  user: string,
  wasAsked: boolean,
  reader: LoginReportOptions['reader'],
  box: LoginReportOptions['box'],
): Promise<{ readonly user: string } | { readonly userHash: string }> {
  const key = API_KEY.exec(user)?.[1];
  if (key !== undefined) return { userHash: hex(Buffer.from(key, 'base64')) };
  if (wasAsked || (await reader.credentialByUsername(user)) !== undefined) return { user };
  return { userHash: hex(box.hmac(`login name ${user}`)) };
}

function hex(hash: Uint8Array): string {
  return Buffer.from(hash.subarray(0, HASH_OCTETS)).toString('hex');
}

function order(a: ThrottleState, b: ThrottleState): number {
  return b.blockedUntilMs - a.blockedUntilMs || b.failures - a.failures || b.lastAtMs - a.lastAtMs;
}
