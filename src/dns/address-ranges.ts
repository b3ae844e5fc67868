/**
 * Whether an address is public. Whoever publishes an MX or a webhook's host chooses the address that the relay
 * connects to; without this check the relay's own network could be reached. RFC 6890 and IANA's special-purpose
 * registries, RFC 6598 (shared), RFC 6052 (NAT64).
 */
import { isIPv4, isIPv6 } from 'node:net';
import { ipv4Octets, ipv6Groups } from '../platform/network/ip-address.ts';

export type AddressRange =
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'shared'
  | 'link-local'
  | 'multicast'
  | 'broadcast'
  | 'documentation'
  | 'reserved'
  | 'public';

type Prefix = readonly [network: string, bits: number, range: AddressRange];

/** The first match counts. */
const V4: readonly Prefix[] = [
  ['0.0.0.0', 8, 'unspecified'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'shared'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.88.99.0', 24, 'reserved'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'reserved'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['255.255.255.255', 32, 'broadcast'],
  ['240.0.0.0', 4, 'reserved'],
];

const V6: readonly Prefix[] = [
  ['::', 128, 'unspecified'],
  ['::1', 128, 'loopback'],
  ['100::', 64, 'reserved'],
  ['2001::', 23, 'reserved'],
  ['2001:db8::', 32, 'documentation'],
  ['3fff::', 20, 'documentation'],
  ['5f00::', 16, 'reserved'],
  ['fc00::', 7, 'private'],
  ['fe80::', 10, 'link-local'],
  ['fec0::', 10, 'private'],
  ['ff00::', 8, 'multicast'],
];

/** IPv6 prefixes that embed an IPv4 address, which is what counts; with the number of bits before that address. */
const EMBEDDING: readonly (readonly [network: string, bits: number])[] = [
  ['::ffff:0:0', 96],
  ['::', 96],
  ['::ffff:0:0:0', 96],
  ['64:ff9b::', 96],
  ['2002::', 16],
];
/** Local-use NAT64, RFC 8215: the host behind it is known to the site only. */
const LOCAL_NAT64: Prefix = ['64:ff9b:1::', 48, 'private'];

/** Text that is not an address is `reserved`: never connected to. */
export function addressRange(address: string): AddressRange {
  if (isIPv4(address)) return rangeOf(v4Bits(address), V4_RANGES);
  if (!isIPv6(address)) return 'reserved';
  const bits = v6Bits(address);
  const special = rangeOf(bits, V6_RANGES);
  if (special !== 'public') return special;
  const embedding = EMBEDDING_BITS.find((prefix) => bits.startsWith(prefix));
  return embedding === undefined
    ? 'public'
    : rangeOf(bits.slice(embedding.length, embedding.length + 32), V4_RANGES);
}

export function isPublicAddress(address: string): boolean {
  return addressRange(address) === 'public';
}

interface Range {
  readonly prefix: string;
  readonly range: AddressRange;
}

const V4_RANGES: readonly Range[] = V4.map(([network, bits, range]) => ({
  prefix: v4Bits(network).slice(0, bits),
  range,
}));
const V6_RANGES: readonly Range[] = [...V6, LOCAL_NAT64].map(([network, bits, range]) => ({
  prefix: v6Bits(network).slice(0, bits),
  range,
}));
const EMBEDDING_BITS: readonly string[] = EMBEDDING.map(([network, bits]) => v6Bits(network).slice(0, bits));

function rangeOf(bits: string, ranges: readonly Range[]): AddressRange {
  return ranges.find(({ prefix }) => bits.startsWith(prefix))?.range ?? 'public';
}

/** As 32 characters, `0` or `1`, so that prefixes are prefixes of text. */
function v4Bits(address: string): string {
  return ipv4Octets(address)
    .map((octet) => octet.toString(2).padStart(8, '0'))
    .join('');
}

function v6Bits(address: string): string {
  return ipv6Groups(address)
    .map((group) => group.toString(2).padStart(16, '0'))
    .join('');
}
