/**
 * Secrets at rest: seals values that must be read again (private keys) and hashes values that are only compared
 * (passwords of credentials). Both keys are derived from the master key (platform/master-key.ts), the only secret
 * outside the database.
 *
 * What is made is made under the present master key; what was made under a previous one is still opened and compared. Without
 * previous keys that costs nothing.
 *
 * A sealed value opens only with the same master key and context; a changed octet is detected. The length of a value
 * is not hidden. AES-256-GCM (NIST SP 800-38D), HKDF-SHA-256 (RFC 5869), HMAC (RFC 2104).
 */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { base32 } from './ids.ts';
import type { KeyedHash } from './keyed-hash.ts';
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
/** The keyed hash of a value that is sealed to the same octets each time, which its key and nonce are made of. */
const SAME_SALT_BYTES = 16;
/** What {@link SecretBox.sealSame} adds. */
export const SAME_OVERHEAD_BYTES = SAME_SALT_BYTES + TAG_BYTES;
const KEY_ID_BYTES = 5;
/** Characters of {@link keyIdOf}. */
export const KEY_ID_LENGTH = 8;

/**
 * Previous keys that are accepted beside the present one: each costs a hash at every login, and a try at every reading. Most of them
 * stay for suppressions of erased addresses, which nobody can hash anew.
 */
export const MOST_PREVIOUS_KEYS = 10;

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

/** The key that everything is made under, and those that what was made under is still accepted. */
export interface MasterKeys {
  readonly present: Uint8Array;
  /** At most {@link MOST_PREVIOUS_KEYS}, none of them the present one. */
  readonly previous: readonly Uint8Array[];
}

export interface SecretBox extends KeyedHash {
  /** Of the present key, then of the previous ones ({@link keyIdOf}). */
  readonly keyIds: readonly [string, ...string[]];
  /**
   * `context` identifies the value and its owner (`dkim:example.org:selector`); a value moved elsewhere does not
   * open.
   */
  seal(plain: Uint8Array, context: string): Uint8Array;
  /** Whichever of the keys sealed it. SecretBoxError `cannot-open`. */
  open(sealed: Uint8Array, context: string): Uint8Array;
  /**
   * Seals a value that goes out and comes back (a link in mail): the same value and context always give the same octets,
   * {@link SAME_OVERHEAD_BYTES} more than the value has. Who sees two of them learns whether the values are equal, nothing else.
   */
  sealSame(plain: Uint8Array, context: string): Uint8Array;
  /** `undefined`: not sealed by {@link sealSame} under one of the keys and in this context. What strangers send, so no error. */
  openSame(sealed: Uint8Array, context: string): Uint8Array | undefined;
  /** The id of the key that opens it; `undefined`: none of them does. */
  keyOf(sealed: Uint8Array, context: string): string | undefined;
}

/** Of one master key. */
interface OneKey extends Pick<SecretBox, 'sealSame' | 'openSame'> {
  readonly id: string;
  readonly seal: (plain: Uint8Array, context: string) => Uint8Array;
  readonly open: (sealed: Uint8Array, context: string) => Uint8Array;
  readonly hmac: (text: string) => Uint8Array;
}

/**
 * Keys have {@link MASTER_KEY_BYTES} octets and are not kept; `previous` are still accepted. `random` makes salts and nonces.
 */
export function createSecretBox(
  present: Uint8Array,
  random: Random,
  previous: readonly Uint8Array[] = [],
): SecretBox {
  const [first, ...others] = [oneKey(present, random), ...previous.map((key) => oneKey(key, random))] as [
    OneKey,
    ...OneKey[],
  ];
  const all = [first, ...others];
  return {
    keyIds: [first.id, ...others.map(({ id }) => id)],
    seal: first.seal,
    open(sealed, context) {
      // The present key has the last word, and its error.
      const key = others.length === 0 ? first : (all.find((one) => doesOpen(one, sealed, context)) ?? first);
      return key.open(sealed, context);
    },
    sealSame: first.sealSame,
    openSame(sealed, context) {
      for (const key of all) {
        const plain = key.openSame(sealed, context);
        if (plain !== undefined) return plain;
      }
      return undefined;
    },
    keyOf(sealed, context) {
      return all.find((key) => doesOpen(key, sealed, context))?.id;
    },
    hmac: first.hmac,
    hmacs: others.length === 0 ? (text) => [first.hmac(text)] : (text) => all.map((key) => key.hmac(text)),
  };
}

/**
 * A name for a master key that may be shown and stored: 8 characters of `0-9a-z`. Nothing of the key can be derived from it.
 */
export function keyIdOf(masterKey: Uint8Array): string {
  return base32(
    new Uint8Array(hkdfSync('sha256', masterKey, new Uint8Array(0), 'postern key id v1', KEY_ID_BYTES)),
  );
}

function doesOpen(key: OneKey, sealed: Uint8Array, context: string): boolean {
  try {
    key.open(sealed, context).fill(0);
    return true;
  } catch (error) {
    if (error instanceof SecretBoxError) return false;
    throw error;
  }
}

function oneKey(masterKey: Uint8Array, random: Random): OneKey {
  if (masterKey.length !== MASTER_KEY_BYTES) {
    throw new SecretBoxError('master-key-malformed', `a master key has ${MASTER_KEY_BYTES} octets`);
  }
  const sealing = derive(masterKey, new Uint8Array(0), 'postern seal v1');
  const hashing = derive(masterKey, new Uint8Array(0), 'postern hmac v1');
  const same = sameSealing(masterKey);

  return {
    id: keyIdOf(masterKey),
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

    ...same,

    hmac: (secret) => new Uint8Array(createHmac('sha256', hashing).update(secret, 'utf8').digest()),
  };
}

/**
 * A synthetic salt instead of a random one, as in SIV modes (RFC 5297): a keyed hash of context and value. It gives each
 * value a key of its own, so a nonce is used with one value only.
 */
function sameSealing(masterKey: Uint8Array): Pick<SecretBox, 'sealSame' | 'openSame'> {
  const salting = derive(masterKey, new Uint8Array(0), 'postern same salt v1');
  const keying = derive(masterKey, new Uint8Array(0), 'postern same seal v1');
  const keyOf = (salt: Uint8Array) => createHmac('sha256', keying).update(salt).digest();
  return {
    sealSame(plain, context) {
      const hash = createHmac('sha256', salting).update(`${context.length} ${context}`).update(plain);
      const salt = hash.digest().subarray(0, SAME_SALT_BYTES);
      const cipher = createCipheriv('aes-256-gcm', keyOf(salt), salt.subarray(0, NONCE_BYTES));
      cipher.setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return new Uint8Array(Buffer.concat([salt, cipher.getAuthTag(), body]));
    },
    openSame(sealed, context) {
      if (sealed.length < SAME_OVERHEAD_BYTES) return undefined;
      const salt = sealed.subarray(0, SAME_SALT_BYTES);
      const nonce = salt.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', keyOf(salt), nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(sealed.subarray(SAME_SALT_BYTES, SAME_OVERHEAD_BYTES));
      try {
        const plain = decipher.update(sealed.subarray(SAME_OVERHEAD_BYTES));
        return new Uint8Array(Buffer.concat([plain, decipher.final()]));
      } catch {
        return undefined;
      }
    },
  };
}

/** A secret to show once: `prefix` and 160 random bits in base32, 32 characters of `0-9a-z`. */
export function makeSecret(random: Random, prefix = ''): string {
  return prefix + base32(random.bytes(SECRET_BYTES));
}

function derive(from: Uint8Array | KeyObject, salt: Uint8Array, purpose: string): KeyObject {
  return createSecretKey(new Uint8Array(hkdfSync('sha256', from, salt, purpose, 32)));
}
