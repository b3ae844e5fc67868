/**
 * The header of the PROXY protocol, version 2, by which a proxy learns where to connect and from which of its addresses,
 * as HAProxy's `accept-proxy` reads it. Pure.
 */
import { addressOctets, familyOf } from '../../platform/network/ip-address.ts';
import type { RemoteAddress } from './session.ts';

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Version 2, command PROXY. */
const VERSION_AND_COMMAND = 0x21;
/** The family above, the transport below: a stream. */
const TCP_OVER = { ipv4: 0x11, ipv6: 0x21 };

/** `from` is of the remote's family; its port is the proxy's choice. */
export function proxyHeader(from: string, { address, port }: RemoteAddress): Buffer {
  const addresses = Buffer.from([
    ...addressOctets(from),
    ...addressOctets(address),
    0,
    0,
    port >> 8,
    port & 0xff,
  ]);
  const family = TCP_OVER[familyOf(address) ?? 'ipv4'];
  return Buffer.concat([
    SIGNATURE,
    Buffer.from([VERSION_AND_COMMAND, family, addresses.length >> 8, addresses.length & 0xff]),
    addresses,
  ]);
}
