/**
 * Suppressions of addresses that were erased: the row has a keyed hash in the place of the address, so that mail to it is still
 * not sent, and nobody who has the store alone can say whose it is. Who asks about an address asks for its hash as well, where the
 * account has such rows.
 */
import { base32 } from '../platform/ids.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import type { AcceptedHashes, MakeHash } from '../platform/keyed-hash.ts';
import type { DirectoryReader } from './directory.ts';
import type { Suppression } from './suppression-records.ts';
import type { SuppressionReader } from './suppressions.ts';

/** What stands for a `suppressionKey` once that is erased: {@link HASH_PREFIX} and base32. No address has this form. */
export type AddressHash = (address: string) => string;
/** Under each accepted master key, the present one first: nobody can make a hash anew whose address is gone. */
export type AddressHashes = (address: string) => readonly string[];

export const HASH_PREFIX = 'hash:';
/** After every hash in the order of octets. */
export const AFTER_HASHES = 'hash;';

/** Nobody has an address there (RFC 2606 §2). */
const ERASED_DOMAIN = '@erased.invalid';
const HASH_OCTETS = 20;
const KNOWN_OCTETS = 16;

/** HMAC-SHA-256 under the present master key, whose id it begins with. */
export function addressHashOf({ keyIds, hmac }: Pick<SecretBox, 'keyIds' | 'hmac'>): AddressHash {
  return (address) => hashUnder(keyIds[0], hmac(hashed(address)));
}

export function addressHashesOf({ keyIds, hmacs }: Pick<SecretBox, 'keyIds' | 'hmacs'>): AddressHashes {
  return (address) => hmacs(hashed(address)).map((hash, at) => hashUnder(keyIds[at] ?? '', hash));
}

function hashed(address: string): string {
  return `suppression ${address}`;
}

function hashUnder(keyId: string, hash: Uint8Array): string {
  return `${HASH_PREFIX}${keyId}:${base32(hash.subarray(0, HASH_OCTETS))}`;
}

/** Hashes under that key begin so. */
export function hashPrefixOf(keyId: string): string {
  return `${HASH_PREFIX}${keyId}:`;
}

/** As which a recipient with the `suppressionKey` is known to a holder with a limit of new ones (usage.ts). */
export function knownRecipientHash(address: string, hmac: MakeHash): string {
  return known(hmac(`recipient ${address}`));
}

/** The same under each accepted key, the present one first. */
export function knownRecipientHashes(address: string, hmacs: AcceptedHashes): readonly string[] {
  return hmacs(`recipient ${address}`).map(known);
}

function known(hash: Uint8Array): string {
  return Buffer.from(hash.subarray(0, KNOWN_OCTETS)).toString('base64');
}

/** What stands in the place of an erased address where it is no suppression. `secret`: random, of one erasure. */
export function pseudonymOf(secret: string): string {
  return `erased-${secret}${ERASED_DOMAIN}`;
}

export function isPseudonym(address: string): boolean {
  return address.startsWith('erased-') && address.endsWith(ERASED_DOMAIN);
}

export function isAddressHash(address: string): boolean {
  return address.startsWith(HASH_PREFIX);
}

/** The look-up for people and sessions, of erased addresses too. `hashes` are asked for where an account has erased any. */
export function hashedSuppressions(
  reader: Pick<SuppressionReader, 'suppressionFor'> & Pick<DirectoryReader, 'hasHashedSuppressions'>,
  hashes: (address: string) => readonly string[] | Promise<readonly string[]>,
): Pick<SuppressionReader, 'suppressionFor'> {
  return {
    async suppressionFor(accountId, stream, address, nowMs): Promise<Suppression | undefined> {
      const found = await reader.suppressionFor(accountId, stream, address, nowMs);
      if (found !== undefined || !(await reader.hasHashedSuppressions(accountId))) return found;
      for (const hash of await hashes(address)) {
        const erased = await reader.suppressionFor(accountId, stream, hash, nowMs);
        if (erased !== undefined) return erased;
      }
      return undefined;
    },
  };
}
