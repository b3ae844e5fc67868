/** Credentials, as the command line and the API both make them and give them new secrets. */
import { makeApiKey } from '../platform/api-key.ts';
import { base32, makeId } from '../platform/ids.ts';
import type { Random } from '../platform/random.ts';
import { makeSecret, type SecretBox } from '../platform/secret-box.ts';
import type { DirectoryReader, DirectoryWriter } from '../store/directory.ts';
import type { Credential, CredentialKind } from '../store/records.ts';

/** A credential before it has an id, a name and a secret. */
export type CredentialFacts = Omit<
  Credential,
  'id' | 'name' | 'username' | 'secretHash' | 'revokedAtMs' | 'createdAtMs' | 'version'
>;

export interface CredentialNeeds {
  readonly directory: Pick<DirectoryWriter, 'addCredential' | 'replaceCredentialSecret'>;
  readonly box: Pick<SecretBox, 'hmac'>;
  readonly random: Random;
  readonly actor: string;
}

/** With the secret, which is kept nowhere else; `undefined` for networks, which have none. */
export interface IssuedCredential {
  readonly credential: Credential;
  readonly secret: string | undefined;
}

const NAME_SUFFIX_CHARS = 6;
export const MAX_NAME_CHARS = 64;

/** On one line, and not too long. */
export function isCredentialName(name: string): boolean {
  return name.trim() !== '' && name.length <= MAX_NAME_CHARS && !/[\p{Cc}]/u.test(name);
}

/** The one in use that has this name already. */
export async function credentialNamed(
  name: string,
  accountId: string,
  reader: Pick<DirectoryReader, 'findCredential'>,
): Promise<Credential | undefined> {
  const existing = await reader.findCredential(accountId, name);
  return existing?.revokedAtMs === undefined ? existing : undefined;
}

/** Durable when it resolves. `name`: `undefined` makes one up. */
export async function addCredential(
  facts: CredentialFacts,
  name: string | undefined,
  nowMs: number,
  { directory, box, random, actor }: CredentialNeeds,
): Promise<IssuedCredential> {
  const suffix = base32(random.bytes(8)).slice(0, NAME_SUFFIX_CHARS);
  const username = facts.kind === 'smtp' ? `${userNameStem(name)}-${suffix}` : undefined;
  const secret = secretOf(facts.kind, random);
  const credential: Credential = {
    ...facts,
    id: makeId('crd_', nowMs, random),
    name: name ?? username ?? `${facts.kind}-${suffix}`,
    username,
    secretHash: secret === undefined ? undefined : box.hmac(secret),
    revokedAtMs: undefined,
    createdAtMs: nowMs,
    version: 0,
  };
  await directory.addCredential(credential, actor);
  return { credential, secret };
}

/**
 * A new secret in place of the old one, which stops within a second. Not for networks. StoreError `not-found` when it
 * was revoked.
 */
export async function rotateCredential(
  credential: Credential,
  { directory, box, random, actor }: CredentialNeeds,
): Promise<string> {
  const secret = secretOf(credential.kind, random) ?? '';
  await directory.replaceCredentialSecret(credential.id, box.hmac(secret), actor);
  return secret;
}

function secretOf(kind: CredentialKind, random: Random): string | undefined {
  switch (kind) {
    case 'smtp':
      return makeSecret(random);
    case 'api':
      return makeApiKey(random);
    case 'network':
      return undefined;
  }
}

/** Letters, digits and hyphens: what every client can be configured with, and still says whose it is. */
function userNameStem(name: string | undefined): string {
  const stem = (name ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 24);
  return stem === '' ? 'smtp' : stem;
}
