/**
 * Whether a credential may be used by this client at this time. Pure: called at login, at MAIL, for open sessions
 * after changes, and when a message is about to be stored.
 */
import { reply } from '../smtp/server/replies.ts';
import { changeForClient, changeForOperator } from '../policy/credential-change.ts';
import type { Reply } from '../smtp/reply.ts';
import type { Credential } from '../store/directory-records.ts';
import { matchingPrefix } from '../platform/network/cidr.ts';
import { CREDENTIAL_GONE } from './login-replies.ts';

/** The credential as it is now, or why it is no longer valid. */
export type Standing = { readonly credential: Credential } | Refused;

export interface Refused {
  readonly refusal: Reply;
  /** The remedy, for the operator's log. */
  readonly fix?: string | undefined;
}

/**
 * `held` is what the client authenticated with, `current` the same credential in the store now. Revoked, expired,
 * removed or with another secret: 421 4.7.0, because a new login gets the exact reason. Narrowed: 550 5.7.1.
 */
export function standingOf(
  held: Credential,
  current: Credential | undefined,
  address: string,
  nowMs: number,
): Standing {
  if (current?.id !== held.id || !isValid(current, nowMs) || !sameSecret(held, current))
    return { refusal: CREDENTIAL_GONE };
  return refuseClient(current, address) ?? { credential: current };
}

export function isValid({ revokedAtMs, expiresAtMs }: Credential, nowMs: number): boolean {
  return revokedAtMs === undefined && (expiresAtMs === undefined || expiresAtMs > nowMs);
}

/** The refusal of its use for sending from `address`. */
export function refuseClient(credential: Credential, address: string): Refused | undefined {
  if (!isAllowedFrom(credential, address)) return addressNotAllowed(address, credential);
  return maySend(credential) ? undefined : scopeMissing(credential);
}

/** A `network` credential must list the address; others may restrict it. */
export function isAllowedFrom({ kind, networks }: Credential, address: string): boolean {
  return (networks.length === 0 && kind !== 'network') || matchingPrefix(address, networks) >= 0;
}

/** Without scopes: a credential for sending. `admin` includes all. */
export function maySend({ scopes }: Credential): boolean {
  return scopes.length === 0 || scopes.includes('send') || scopes.includes('admin');
}

/** Both were read between the same changes of it. */
export function isSameVersion(one: Credential | undefined, other: Credential): boolean {
  return one?.id === other.id && one.version === other.version;
}

function sameSecret({ secretHash: held }: Credential, { secretHash: current }: Credential): boolean {
  if (held === undefined || current === undefined) return held === current;
  return Buffer.compare(held, current) === 0;
}

function scopeMissing(credential: Credential): Refused {
  return refused('This credential may not send: it lacks the scope send', credential, '--add-scope send');
}

function addressNotAllowed(address: string, credential: Credential): Refused {
  const text = `Client address ${address} is not allowed for this credential`;
  return refused(text, credential, `--add-allow-ip ${address}`);
}

function refused(text: string, credential: Credential, option: string): Refused {
  const refusal = reply(550, '5.7.1', `${text}; fix: ${changeForClient(option)}`);
  return { refusal, fix: changeForOperator(credential, option) };
}
