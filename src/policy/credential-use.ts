/**
 * What is remembered of the use of a credential, and what is remarkable about it: none for three months, or one from a network
 * that it was not used from before. Networks are those of client-network.ts (/24, /48). Facts in, decision out.
 */
import { clientNetwork } from '../platform/network/client-network.ts';
import { DAY_MS } from '../platform/time-units.ts';
import type { CertificateFacts } from './client-certificate.ts';

/** A login, or a request of the API. */
export interface CredentialUse {
  readonly credentialId: string;
  readonly atMs: number;
  readonly address: string;
  /** EHLO name or user agent. */
  readonly name: string | undefined;
  /** Version, such as `TLSv1.3`; `undefined`: in clear. */
  readonly tls: string | undefined;
  /** With the secret before the last rotation. */
  readonly withOldSecret: boolean;
  /** That the client showed; `undefined`: it logged in otherwise. */
  readonly certificate?: CertificateFacts | undefined;
}

export interface SeenNetwork {
  readonly network: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/**
 * What is kept of a credential's uses. Without an address: of one that is older than this memory, `atMs` is when it began, and no use
 * of it is known.
 */
export interface UseRecord {
  readonly atMs: number;
  readonly address: string | undefined;
  readonly name: string | undefined;
  readonly tls: string | undefined;
  /** Last use of the secret, and of the one before the last rotation; `undefined`: none. */
  readonly secretAtMs: number | undefined;
  readonly oldSecretAtMs: number | undefined;
  /** The most recent last. */
  readonly networks: readonly SeenNetwork[];
  /** The last network that was new to it. */
  readonly newNetwork: { readonly network: string; readonly atMs: number } | undefined;
  /** The current one, as it was last shown; absent: it was not yet. */
  readonly certificate?: CertificateFacts | undefined;
}

export const UNUSED_AFTER_MS = 90 * DAY_MS;
/** A network that was not seen for so long is new again. */
const NETWORK_KNOWN_MS = 90 * DAY_MS;
/** While it is younger, its networks are being found out. */
const SETTLED_AFTER_MS = 7 * DAY_MS;
/** For one credential: a laptop that travels is not reported at every stop. */
const NEW_NETWORK_AGAIN_MS = DAY_MS;
/** The least recently seen leave first. */
export const MOST_NETWORKS = 50;
const MOST_NAME_CHARS = 120;

/** The record after `use`, and whether its network is worth a report. */
export function afterUse(
  before: UseRecord | undefined,
  use: CredentialUse,
  credential: { readonly createdAtMs: number },
): { readonly record: UseRecord; readonly isNewNetwork: boolean } {
  const { atMs, withOldSecret } = use;
  const network = clientNetwork(use.address);
  const known = (before?.networks ?? []).filter(({ lastAtMs }) => atMs - lastAtMs < NETWORK_KNOWN_MS);
  const seen = known.find((one) => one.network === network);
  const others = known.filter((one) => one.network !== network);
  const now: SeenNetwork = {
    network,
    firstAtMs: seen?.firstAtMs ?? atMs,
    lastAtMs: Math.max(atMs, seen?.lastAtMs ?? atMs),
  };
  const isNewNetwork =
    seen === undefined &&
    before !== undefined &&
    before.networks.length > 0 &&
    atMs - credential.createdAtMs >= SETTLED_AFTER_MS &&
    atMs - (before.newNetwork?.atMs ?? -Infinity) >= NEW_NETWORK_AGAIN_MS;
  const isLater = before === undefined || atMs >= before.atMs;
  const last = isLater ? { ...use, name: use.name?.slice(0, MOST_NAME_CHARS) } : before;
  const certificate = (withOldSecret ? undefined : use.certificate) ?? before?.certificate;
  const record: UseRecord = {
    atMs: last.atMs,
    address: last.address,
    name: last.name,
    tls: last.tls,
    secretAtMs: withOldSecret ? before?.secretAtMs : later(before?.secretAtMs, atMs),
    oldSecretAtMs: withOldSecret ? later(before?.oldSecretAtMs, atMs) : before?.oldSecretAtMs,
    networks: [...others, now].slice(-MOST_NETWORKS),
    newNetwork: isNewNetwork ? { network, atMs } : before?.newNetwork,
    ...(certificate && { certificate }),
  };
  return { record, isNewNetwork };
}

/** Since when it is not used, if that is long ago: its last use, or when it was added. `undefined`: it is used, or past. */
export function unusedSinceMs(
  credential: {
    readonly createdAtMs: number;
    readonly revokedAtMs: number | undefined;
    readonly expiresAtMs: number | undefined;
  },
  lastUse: Pick<UseRecord, 'atMs'> | undefined,
  nowMs: number,
): number | undefined {
  const { createdAtMs, revokedAtMs, expiresAtMs } = credential;
  if (revokedAtMs !== undefined || (expiresAtMs !== undefined && expiresAtMs <= nowMs)) return undefined;
  const sinceMs = Math.max(createdAtMs, lastUse?.atMs ?? createdAtMs);
  return nowMs - sinceMs >= UNUSED_AFTER_MS ? sinceMs : undefined;
}

function later(one: number | undefined, other: number): number {
  return Math.max(one ?? other, other);
}
