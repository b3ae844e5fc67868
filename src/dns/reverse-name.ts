/** The name of an address's PTR records. RFC 1035 §3.5, RFC 3596 §2.5. */
import { isIPv4, isIPv6 } from 'node:net';
import { ipv6Groups } from '../platform/network/ip-address.ts';

/** `192.0.2.1` gives `1.2.0.192.in-addr.arpa`; `undefined` when `address` is not an IP address. */
export function reverseName(address: string): string | undefined {
  if (isIPv4(address)) return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  if (!isIPv6(address)) return undefined;
  const nibbles = ipv6Groups(address)
    .map((group) => group.toString(16).padStart(4, '0'))
    .join('');
  return `${Array.from(nibbles).reverse().join('.')}.ip6.arpa`;
}
