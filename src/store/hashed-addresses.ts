/**
 * Suppressions of addresses that were erased: the row has a keyed hash in the place of the address, so that mail to it is still
 * not sent, and nobody who has the store alone can say whose it is. Who asks about an address asks for its hash as well, where the
 * account has such rows.
 */
import { base32 } from '../platform/ids.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import type { DirectoryReader } from './directory.ts';
import type { Suppression } from './suppression-records.ts';
import type { SuppressionReader } from './suppressions.ts';

/** What stands for a `suppressionKey` once that is erased: {@link HASH_PREFIX} and base32. No address has this form. */
export type AddressHash = (address: string) => string;

export const HASH_PREFIX = 'hash:';
/** After every hash in the order of octets. */
export const AFTER_HASHES = 'hash;';

const HASH_OCTETS = 20;

/** HMAC-SHA-256 under the master key. */
export function addressHashOf({ hmac }: Pick<SecretBox, 'hmac'>): AddressHash {
  return (address) => HASH_PREFIX + base32(hmac(`suppression ${address}`).subarray(0, HASH_OCTETS));
}

export function isAddressHash(address: string): boolean {
  return address.startsWith(HASH_PREFIX);
}

/** The look-up for people and sessions, of erased addresses too. `hash` is asked for where an account has erased any. */
export function hashedSuppressions(
  reader: Pick<SuppressionReader, 'suppressionFor'> & Pick<DirectoryReader, 'hasHashedSuppressions'>,
  hash: (address: string) => string | Promise<string>,
): Pick<SuppressionReader, 'suppressionFor'> {
  return {
    async suppressionFor(accountId, stream, address, nowMs): Promise<Suppression | undefined> {
      const found = await reader.suppressionFor(accountId, stream, address, nowMs);
      if (found !== undefined || !(await reader.hasHashedSuppressions(accountId))) return found;
      return await reader.suppressionFor(accountId, stream, await hash(address), nowMs);
    },
  };
}
