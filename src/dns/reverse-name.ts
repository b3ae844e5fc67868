/** The name under which an address has its PTR records. RFC 1035 §3.5, RFC 3596 §2.5. */
import { isIPv4, isIPv6 } from 'node:net';

/** `192.0.2.1` gives `1.2.0.192.in-addr.arpa`; `undefined` when `address` is not an IP address. */
export function reverseName(address: string): string | undefined {
  if (isIPv4(address)) return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  if (!isIPv6(address)) return undefined;
  const nibbles = ipv6Groups(address)
    .map((group) => group.toString(16).padStart(4, '0'))
    .join('');
  return `${Array.from(nibbles).reverse().join('.')}.ip6.arpa`;
}

/** The eight 16-bit groups of an IPv6 address that {@link isIPv6} accepts; a zone (`%eth0`) is ignored. */
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
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
