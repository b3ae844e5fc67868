/**
 * The units by which clients are counted. An IPv6 client controls its /64, so that is one host. A network is what one
 * customer is commonly given: a /24 of IPv4, a /48 of IPv6 (RFC 6177).
 */
import { isIPv4, isIPv6 } from 'node:net';
import { familyOf, ipv6Groups, plainAddress, unmapped } from './ip-address.ts';

/** IPv4 unchanged (also when mapped into IPv6), IPv6 by its /64 as `2001:db8:0:1::/64`; other text unchanged. */
export function clientHost(address: string): string {
  if (isIPv4(address)) return address;
  const plain = plainAddress(address);
  return isIPv6(plain) ? prefixOf(plain, 4) : plain;
}

/** `192.0.2.0/24`, `2001:db8:7::/48`; text that is not an address is returned unchanged. */
export function clientNetwork(address: string): string {
  const plain = isIPv4(address) ? address : plainAddress(address);
  if (isIPv4(plain)) return `${plain.slice(0, plain.lastIndexOf('.'))}.0/24`;
  return isIPv6(plain) ? prefixOf(plain, 3) : plain;
}

/**
 * The address named by a proxy, normalized: without a port or brackets (`192.0.2.7:1234`, `[2001:db8::7]:443`), IPv4
 * also where it is mapped into IPv6. `undefined`: not an address.
 */
export function readClientAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  const [, bracketed, withPort] = /^(?:\[([^[\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/.exec(text) ?? [];
  const plain = unmapped((bracketed ?? withPort ?? text).toLowerCase());
  return familyOf(plain) === undefined ? undefined : plain;
}

/** The first `count` groups. */
function prefixOf(address: string, count: number): string {
  const groups = ipv6Groups(address).slice(0, count);
  return `${groups.map((group) => group.toString(16)).join(':')}::/${count * 16}`;
}
