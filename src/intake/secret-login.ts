/** A login with a secret: the password of an SMTP credential, or an API key, whose user name is `api`. RFC 4616. */
import { isApiKey } from '../platform/api-key.ts';
import type { KeyedHash } from '../platform/keyed-hash.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Credential } from '../store/directory-records.ts';
import { credentialPresented, heldBy, isValid } from './credential-standing.ts';
import type { Presented } from './presented-login.ts';

/** The user name for logins with an API key; the key is the password. */
export const API_KEY_USERNAME = 'api';

const NO_HASH = new Uint8Array(32);

/** Where logins with a secret are looked up. */
export interface SecretLoginOptions {
  readonly directory: Pick<DirectoryReader, 'credentialByUsername' | 'credentialBySecretHash'>;
  readonly box: KeyedHash;
}

export function presentedSecret(
  username: string,
  password: string,
  { directory, box }: SecretLoginOptions,
): Presented {
  const presented = box.hmacs(password);
  const [given = NO_HASH] = presented;
  const isApiLogin = username === API_KEY_USERNAME;
  return {
    // All keys share one user name: failures with it must not lock out valid keys.
    user: isApiLogin ? apiKeyThrottleName(given) : username,
    given,
    // A key with a wrong checksum is looked up as an empty one, so that all failures cost the same.
    find: () =>
      isApiLogin
        ? credentialPresented(isApiKey(password) ? presented : presented.map(() => NO_HASH), directory)
        : directory.credentialByUsername(username),
    holds(found, nowMs) {
      const held = heldBy(presented, found);
      const kind = isApiLogin ? 'api' : 'smtp';
      const isMeant = held?.kind === kind && held.certificate === undefined;
      return isMeant && isValid(held, nowMs) ? held : undefined;
    },
    // People type their password as the user name: it is shown only where such a credential exists, else a keyed hash.
    about(found: Credential | undefined) {
      // Made in any case, so that all failures cost the same.
      const name = isApiLogin ? given : box.hmac(`login name ${username}`);
      if (found !== undefined) return { user: username, credential: found.id };
      return { user_hash: Buffer.from(name.subarray(0, 6)).toString('hex') };
    },
  };
}

/** The throttle key of failures with an API key. */
export function apiKeyThrottleName(secretHash: Uint8Array): string {
  return `${API_KEY_USERNAME} ${Buffer.from(secretHash.subarray(0, 12)).toString('base64')}`;
}
