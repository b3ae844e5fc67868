/**
 * Whether a credential may be used by this client at this time. Pure: called at login, at MAIL, for open sessions
 * after changes, and when a message is about to be stored.
 */
import { timingSafeEqual } from 'node:crypto';
import type { DirectoryReader } from '../store/directory.ts';
import { reply } from '../smtp/server/replies.ts';
import type { CertificateFacts } from '../policy/client-certificate.ts';
import { changeForClient, changeForOperator } from '../policy/credential-change.ts';
import type { Reply } from '../smtp/reply.ts';
import type { Credential } from '../store/directory-records.ts';
import { matchingPrefix } from '../platform/network/cidr.ts';
import { CREDENTIAL_GONE } from './login-replies.ts';

const NO_HASH = new Uint8Array(32);
/** Of a credential without a secret: the hash of nothing. */
const NO_SECRET = new Uint8Array(32).fill(255);

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
  const stands = current?.id === held.id ? heldBy(presentedBy(held), current) : undefined;
  const credential = stands && held.certificate ? heldByCertificate(stands, held.certificate) : stands;
  if (credential === undefined || !isValid(credential, nowMs)) return { refusal: CREDENTIAL_GONE };
  return refuseClient(credential, address) ?? { credential };
}

/**
 * The credential as who presents this secret holds it: with the secret before the last rotation it expires with that, if not
 * sooner. Sessions and requests keep what they hold, so that the end of the old secret ends them. `undefined`: the secret is not
 * one of its two. Both are compared, in constant time.
 *
 * `presented`: the hashes of the secret under each accepted master key, the present one first; `undefined`: there is no secret. All
 * of them are kept with the credential, because its hash in the store is replaced at a login (intake/rehash-recorder.ts).
 */
export function heldBy(
  presented: readonly Uint8Array[] | undefined,
  credential: Credential | undefined,
): Credential | undefined {
  const isNew = isOneOfSecrets(presented, credential?.secretHash);
  const isOld = isOneOfSecrets(presented, credential?.oldSecretHash);
  if (credential === undefined) return undefined;
  if (presented === undefined) return credential.secretHash === undefined ? credential : undefined;
  const kept = presented.length > 1 ? { presentedHashes: presented } : {};
  if (isNew) return presented.length > 1 ? { ...credential, ...kept } : credential;
  const { oldSecretHash, oldSecretUntilMs, expiresAtMs = Infinity } = credential;
  if (!isOld || oldSecretUntilMs === undefined) return undefined;
  const until = Math.min(oldSecretUntilMs, expiresAtMs);
  return { ...credential, ...kept, secretHash: oldSecretHash, expiresAtMs: until };
}

/** What the holder of a credential presented, as {@link heldBy} takes it. */
export function presentedBy({ secretHash, presentedHashes }: Credential): readonly Uint8Array[] | undefined {
  return presentedHashes ?? (secretHash === undefined ? undefined : [secretHash]);
}

/** The API key with one of these hashes, in any state. Throws errors of the store. */
export async function credentialPresented(
  presented: readonly Uint8Array[],
  directory: Pick<DirectoryReader, 'credentialBySecretHash'>,
): Promise<Credential | undefined> {
  // Between two looks another login may have replaced the hash by the one that was looked for first.
  const [first] = presented;
  const looked = presented.length > 1 && first !== undefined ? [...presented, first] : presented;
  for (const hash of looked) {
    const found = await directory.credentialBySecretHash(hash);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The credential as who shows this certificate holds it: no longer than the certificate is valid. */
export function heldByCertificate(credential: Credential, shown: CertificateFacts): Credential {
  const { subject, notAfterMs = Infinity } = shown;
  const expiresAtMs = Math.min(credential.expiresAtMs ?? Infinity, notAfterMs);
  return { ...credential, certificate: { subject, notAfterMs }, expiresAtMs };
}

/** Whether it is held with the secret before the last rotation ({@link heldBy}). */
export function isHeldWithOld({ secretHash, oldSecretHash }: Credential): boolean {
  return oldSecretHash !== undefined && sameSecret(secretHash, oldSecretHash);
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

/** All are compared, and at least one. */
function isOneOfSecrets(presented: readonly Uint8Array[] = [], kept: Uint8Array | undefined): boolean {
  const [first, ...others] = presented;
  let found = sameSecret(first, kept);
  for (const hash of others) found = sameSecret(hash, kept) || found;
  return found;
}

/** False without a secret, at the same cost. */
function sameSecret(given: Uint8Array = NO_HASH, kept: Uint8Array = NO_SECRET): boolean {
  return given.length === kept.length && timingSafeEqual(given, kept);
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
