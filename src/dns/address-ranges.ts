/**
 * Which addresses are on the public Internet. Delivery (and later webhooks) refuse the others unless allowed, so that
 * a stranger's DNS cannot make the relay talk to its own network. IANA's special-purpose registries (RFC 6890).
 */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { ipv6Groups } from './reverse-name.ts';

const NOT_PUBLIC = new BlockList();
const V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
const V6: readonly (readonly [string, number])[] = [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];
for (const [network, prefix] of V4) NOT_PUBLIC.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of V6) NOT_PUBLIC.addSubnet(network, prefix, 'ipv6');

/** False for loopback, private, link-local, carrier-grade NAT, documentation, multicast and unspecified addresses, and for what is no address. */
export function isPublicAddress(address: string): boolean {
  const withoutZone = address.split('%')[0] ?? '';
  if (isIP(withoutZone) === 0) return false;
  const embedded = embeddedIpv4(withoutZone);
  if (embedded !== undefined) return isPublicAddress(embedded);
  return !NOT_PUBLIC.check(withoutZone, isIPv6(withoutZone) ? 'ipv6' : 'ipv4');
}

/** The IPv4 address that `::ffff:a.b.c.d` (RFC 4291 §2.5.5.2) or `64:ff9b::/96` (RFC 6052) stands for. */
function embeddedIpv4(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  const groups = ipv6Groups(address);
  const prefix = groups.slice(0, 6).join(':');
  if (prefix !== '0:0:0:0:0:65535' && prefix !== '100:65435:0:0:0:0') return undefined;
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
