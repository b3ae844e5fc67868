/** What is made for a credential: its secret, kept only as a keyed hash, and a user name. */
import { makeApiKey } from '../../platform/api-key.ts';
import type { Random } from '../../platform/random.ts';
import { makeSecret, type SecretBox } from '../../platform/secret-box.ts';
import type { Credential, CredentialKind } from '../../store/directory-records.ts';

/** With the secret, which is kept nowhere else; `undefined` for networks and client certificates, which have none. */
export interface IssuedCredential {
  readonly credential: Credential;
  readonly secret: string | undefined;
}

export function secretOf(kind: 'smtp' | 'api', random: Random): string;
export function secretOf(kind: CredentialKind, random: Random): string | undefined;
export function secretOf(kind: CredentialKind, random: Random): string | undefined {
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
export function userNameStem(name: string | undefined): string {
  const stem = (name ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 24);
  return stem === '' ? 'smtp' : stem;
}

export type HashingBox = Pick<SecretBox, 'hmac' | 'keyIds'>;

/** The hash of a secret, and the master key that made it, as a credential has them. */
export function hashedUnder(
  box: HashingBox,
  secret: string,
): { readonly secretHash: Uint8Array; readonly secretKey: string } {
  return { secretHash: box.hmac(secret), secretKey: box.keyIds[0] };
}
