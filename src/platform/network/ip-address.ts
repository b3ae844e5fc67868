/** IPv4 and IPv6 addresses in canonical form, and their parts. RFC 791, RFC 4291 §2.2, RFC 5952. */
import { isIP, isIPv4, isIPv6 } from 'node:net';

export type AddressFamily = 'ipv4' | 'ipv6';

export const ADDRESS_BITS: Readonly<Record<AddressFamily, number>> = { ipv4: 32, ipv6: 128 };

/** `undefined`: not an address. */
export function familyOf(text: string): AddressFamily | undefined {
  const version = isIP(text);
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6';
}

/** Lower case, without a zone (`%eth0`), IPv4 also where it is mapped into IPv6. Other text is returned unchanged. */
export function plainAddress(address: string): string {
  return unmapped(address.replace(/%.*$/, '').toLowerCase());
}

/** The IPv4 address in `::ffff:192.0.2.1`; other text unchanged. RFC 4291 §2.5.5.2. */
export function unmapped(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : address;
}

/** The four octets of an IPv4 address. */
export function ipv4Octets(address: string): readonly number[] {
  return address.split('.').map(Number);
}

/** The eight 16-bit groups of an IPv6 address that {@link isIPv6} accepts; a zone is ignored. */
export function ipv6Groups(address: string): readonly number[] {
  const withoutZone = address.split('%')[0] ?? '';
  const [head = '', tail] = withoutZone.split('::');
  const before = groupsOf(head);
  if (tail === undefined) return before;
  const after = groupsOf(tail);
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function groupsOf(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = ipv4Octets(group);
    return [a * 256 + b, c * 256 + d];
  });
}

/** Four octets or sixteen, in network order, of an address that {@link familyOf} knows; a zone is ignored. */
export function addressOctets(address: string): readonly number[] {
  if (isIPv4(address)) return ipv4Octets(address);
  return ipv6Groups(address).flatMap((group) => [group >> 8, group & 0xff]);
}

/** The canonical text form, RFC 5952. */
export function ipv6Text(groups: readonly number[]): string {
  const written = groups.map((group) => group.toString(16)).join(':');
  return new URL(`http://[${written}]/`).hostname.slice(1, -1);
}

/** 127.0.0.0/8, also mapped into IPv6, and ::1. */
export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return isIPv4(plain) ? plain.startsWith('127.') : isIPv6(plain) && ipv6Text(ipv6Groups(plain)) === '::1';
}
