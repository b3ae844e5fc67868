/**
 * Which network credentials list an address. An account may have thousands of networks, and every MAIL without a login
 * asks: what was found for an address is kept for as long as the list of credentials is the same one.
 */
import { BoundedTable } from '../platform/bounded-table.ts';
import { matchingPrefix } from '../platform/network/cidr.ts';
import type { Credential } from '../store/directory-records.ts';

const KNOWN_ADDRESSES = 10_000;

export class NetworkListing {
  #credentials: readonly Credential[] = [];
  #listing = new BoundedTable<readonly Credential[]>(KNOWN_ADDRESSES);

  /** Those of `credentials` that list `address`, the most specific network first. */
  of(credentials: readonly Credential[], address: string): readonly Credential[] {
    if (credentials !== this.#credentials) {
      this.#credentials = credentials;
      this.#listing = new BoundedTable(KNOWN_ADDRESSES);
    }
    const known = this.#listing.get(address);
    if (known !== undefined) return known;
    const found = credentials
      .map((credential) => ({ credential, prefix: matchingPrefix(address, credential.networks) }))
      .filter(({ prefix }) => prefix >= 0)
      .sort((one, other) => other.prefix - one.prefix)
      .map(({ credential }) => credential);
    this.#listing.set(address, found);
    return found;
  }
}
