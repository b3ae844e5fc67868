/**
 * Secrets at rest: seals values that must be read again (private keys) and hashes values that are only compared
 * (passwords of credentials). Both keys are derived from the master key (platform/master-key.ts), the only secret
 * outside the database.
 *
 * A sealed value opens only with the same master key and context; a changed octet is detected. The length of a value
 * is not hidden. AES-256-GCM (NIST SP 800-38D), HKDF-SHA-256 (RFC 5869), HMAC (RFC 2104).
 */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { base32 } from './ids.ts';
import type { Random } from './random.ts';

/** Octets of a master key. */
export const MASTER_KEY_BYTES = 32;

const FORMAT = 1;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OVERHEAD_BYTES = 1 + SALT_BYTES + NONCE_BYTES + TAG_BYTES;
// 160 bits, 32 characters of base32: cannot be guessed, so a keyed hash is enough.
const SECRET_BYTES = 20;

/**
 * `cannot-open`: another master key or context, or damaged. `master-key-malformed`: the file is not a key.
 * `master-key-unreadable`: it cannot be read or written; `cause` says why. `master-key-wrong`: not the key of this
 * store.
 */
export type SecretBoxErrorCode =
  'cannot-open' | 'master-key-malformed' | 'master-key-unreadable' | 'master-key-wrong';

export class SecretBoxError extends Error {
  readonly code: SecretBoxErrorCode;
  constructor(code: SecretBoxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface SecretBox {
  /**
   * `context` identifies the value and its owner (`dkim:example.org:selector`); a value moved elsewhere does not
   * open.
   */
  seal(plain: Uint8Array, context: string): Uint8Array;
  /** SecretBoxError `cannot-open`. */
  open(sealed: Uint8Array, context: string): Uint8Array;
  /** 32 octets: HMAC-SHA-256 of the UTF-8 form of `secret`. Compare with `timingSafeEqual`. */
  hmac(secret: string): Uint8Array;
}

/** `masterKey` has {@link MASTER_KEY_BYTES} octets and is not kept. `random` makes salts and nonces. */
export function createSecretBox(masterKey: Uint8Array, random: Random): SecretBox {
  if (masterKey.length !== MASTER_KEY_BYTES) {
    throw new SecretBoxError('master-key-malformed', `a master key has ${MASTER_KEY_BYTES} octets`);
  }
  const sealing = derive(masterKey, new Uint8Array(0), 'postern seal v1');
  const hashing = derive(masterKey, new Uint8Array(0), 'postern hmac v1');

  return {
    seal(plain, context) {
      // Every value has its own key, so nonces cannot collide under one key.
      const salt = random.bytes(SALT_BYTES);
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', derive(sealing, salt, 'value'), nonce);
      cipher.setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return new Uint8Array(Buffer.concat([Uint8Array.of(FORMAT), salt, nonce, cipher.getAuthTag(), body]));
    },

    open(sealed, context) {
      if (sealed.length < OVERHEAD_BYTES || sealed[0] !== FORMAT) {
        throw new SecretBoxError('cannot-open', `the secret ${context} is not in the sealed form`);
      }
      let at = 1;
      const take = (length: number) => sealed.subarray(at, (at += length));
      const key = derive(sealing, take(SALT_BYTES), 'value');
      const decipher = createDecipheriv('aes-256-gcm', key, take(NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(take(TAG_BYTES));
      try {
        return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(at)), decipher.final()]));
      } catch (cause) {
        throw new SecretBoxError(
          'cannot-open',
          `the secret ${context} was sealed under another master key, or is damaged`,
          { cause },
        );
      }
    },

    hmac: (secret) => new Uint8Array(createHmac('sha256', hashing).update(secret, 'utf8').digest()),
  };
}

/** A secret to show once: `prefix` and 160 random bits in base32, 32 characters of `0-9a-z`. */
export function makeSecret(random: Random, prefix = ''): string {
  return prefix + base32(random.bytes(SECRET_BYTES));
}

function derive(from: Uint8Array | KeyObject, salt: Uint8Array, purpose: string): KeyObject {
  return createSecretKey(new Uint8Array(hkdfSync('sha256', from, salt, purpose, 32)));
}
