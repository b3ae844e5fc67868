/** Signatures of an account: requests (RFC 8555 §6.2) and key authorizations (RFC 8555 §8.1), with ES256. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
// Not the whole of jose: a tenth of the memory.
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint';
import { FlattenedSign } from 'jose/jws/flattened/sign';

export interface AccountKey {
  /** PKCS #8, PEM. */
  readonly pem: string;
  /**
   * The body of a POST. `payload`: JSON; `undefined`: POST-as-GET (RFC 8555 §6.3). `kid`: the account's URL; `undefined`: there is
   * no account yet, the key itself is sent.
   */
  sign(request: {
    readonly url: string;
    readonly nonce: string;
    readonly kid: string | undefined;
    readonly payload: object | undefined;
  }): Promise<string>;
  /** `token.thumbprint`. */
  authorize(token: string): Promise<string>;
}

const ALGORITHM = 'ES256';

export function makeAccountKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

export function openAccountKey(pem: string): AccountKey {
  const key = createPrivateKey(pem);
  const { kty, crv, x, y } = createPublicKey(key).export({ format: 'jwk' });
  const jwk = { kty, crv, x, y } as Record<'kty' | 'crv' | 'x' | 'y', string>;
  return {
    pem,
    async sign({ url, nonce, kid, payload }) {
      const text = payload === undefined ? '' : JSON.stringify(payload);
      const header = { alg: ALGORITHM, nonce, url, ...(kid === undefined ? { jwk } : { kid }) };
      const jws = await new FlattenedSign(Buffer.from(text)).setProtectedHeader(header).sign(key);
      return JSON.stringify(jws);
    },
    authorize: async (token) => `${token}.${await calculateJwkThumbprint(jwk, 'sha256')}`,
  };
}
