/** Networks in CIDR notation and tests of membership. RFC 4632, RFC 4291 §2.3. */
import { BlockList } from 'node:net';
import { BoundedTable } from '../bounded-table.ts';
import {
  ADDRESS_BITS,
  familyOf,
  ipv4Octets,
  ipv6Groups,
  ipv6Text,
  unmapped,
  type AddressFamily,
} from './ip-address.ts';

export interface Network {
  /** As written: bits after the prefix may be set. */
  readonly address: string;
  readonly family: AddressFamily;
  /** Bits. */
  readonly prefix: number;
}

/** `192.0.2.0/24`, `2001:db8::/32`; a bare address is a network of one. `undefined`: not a network. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', length, ...more] = text.split('/');
  const family = familyOf(address);
  if (family === undefined || more.length > 0) return undefined;
  if (length === undefined) return { address, family, prefix: ADDRESS_BITS[family] };
  const prefix = Number(length);
  return /^\d{1,3}$/.test(length) && prefix <= ADDRESS_BITS[family] ? { address, family, prefix } : undefined;
}

/** The first address of the network, in canonical form. */
export function networkStart({ address, family, prefix }: Network): string {
  const parts = family === 'ipv4' ? ipv4Octets(address) : ipv6Groups(address);
  const size = family === 'ipv4' ? 8 : 16;
  const cleared = parts.map((part, index) => {
    const kept = Math.min(Math.max(prefix - index * size, 0), size);
    return part & ~(2 ** (size - kept) - 1);
  });
  return family === 'ipv4' ? cleared.join('.') : ipv6Text(cleared);
}

/** Returns a test whether `network` contains an address. Addresses of the other family are never contained. */
export function holderOf({ address, family, prefix }: Network): (address: string) => boolean {
  const list = new BlockList();
  list.addSubnet(address, prefix, family);
  return (one) => {
    const plain = unmapped(one);
    return familyOf(plain) === family && list.check(plain, family);
  };
}

/** True when `outer` contains every address of `inner`; false when either is not a network. */
export function containsNetwork(outer: string, inner: string): boolean {
  const one = parseNetwork(outer);
  const other = parseNetwork(inner);
  if (one === undefined || other === undefined) return false;
  if (one.family !== other.family || one.prefix > other.prefix) return false;
  return holderOf(one)(other.address);
}

interface Known {
  readonly holds: (address: string) => boolean;
  readonly prefix: number;
}

/** Lists of networks are tested at each connection and change rarely. */
const known = new BoundedTable<Known>(10_000);
const NOWHERE: Known = { holds: () => false, prefix: -1 };

/** The longest prefix among the `networks` that contain `address`; -1 for none. Malformed entries contain nothing. */
export function matchingPrefix(address: string, networks: readonly string[]): number {
  let longest = -1;
  for (const text of networks) {
    const network = knownNetwork(text);
    if (network.prefix > longest && network.holds(address)) longest = network.prefix;
  }
  return longest;
}

function knownNetwork(text: string): Known {
  const before = known.get(text);
  if (before !== undefined) return before;
  const network = parseNetwork(text);
  const entry = network === undefined ? NOWHERE : { holds: holderOf(network), prefix: network.prefix };
  known.set(text, entry);
  return entry;
}
