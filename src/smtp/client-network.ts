/**
 * What a client's address is counted as. An IPv6 client owns all of its /64, so that is one host. A network is what one
 * party is commonly given: a /24 of IPv4, a /48 of IPv6 (RFC 6177). The one place where prefixes are cut.
 */
import { isIP, isIPv4, isIPv6 } from 'node:net';

/** IPv4 as it is (also when mapped into IPv6), IPv6 by its /64 as `2001:db8:0:1::/64`; anything else as it is. */
export function clientHost(address: string): string {
  const plain = plainAddress(address);
  return isIPv6(plain) ? prefixOf(plain, 4) : plain;
}

/** `192.0.2.0/24`, `2001:db8:7::/48`; what is no address stands for itself. */
export function clientNetwork(address: string): string {
  const plain = plainAddress(address);
  if (isIPv4(plain)) return `${plain.slice(0, plain.lastIndexOf('.'))}.0/24`;
  return isIPv6(plain) ? prefixOf(plain, 3) : plain;
}

/**
 * The address that a proxy names, in one form: with a port or brackets as some write them (`192.0.2.7:1234`,
 * `[2001:db8::7]:443`), IPv4 also where it is mapped into IPv6. `undefined`: it is no address.
 */
export function readClientAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  const [, bracketed, withPort] = /^(?:\[([^[\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/.exec(text) ?? [];
  const plain = unmapped((bracketed ?? withPort ?? text).toLowerCase());
  return isIP(plain) === 0 ? undefined : plain;
}

function plainAddress(address: string): string {
  return unmapped(address.replace(/%.*$/, '').toLowerCase());
}

function unmapped(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : address;
}

/** The first `count` groups, at most 4, of an IPv6 address. */
function prefixOf(address: string, count: number): string {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // An embedded IPv4 address at the end stands for two groups; those never reach the first four.
  const width = before.length + after.length + (after.at(-1)?.includes('.') === true ? 1 : 0);
  const zeros = tail === undefined ? 0 : 8 - width;
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after];
  const prefix = groups.slice(0, count).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(':')}::/${count * 16}`;
}
