/**
 * CONNECT at a SOCKS5 server, without authentication. RFC 1928 §3-6. What the server says of itself is told from what it
 * says of the remote.
 */
import { addressOctets, familyOf } from '../../platform/network/ip-address.ts';
import type { RemoteAddress } from './session.ts';
import type { SmtpWire } from './wire.ts';

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const CONNECT = 1;
const ADDRESS_TYPES = { ipv4: 1, ipv6: 4 };
const DOMAIN_NAME = 3;

interface Refusal {
  readonly by: 'hop' | 'remote';
  readonly text: string;
}

/** RFC 1928 §6. Servers use 1 for whatever keeps them from the remote. */
const REPLIES: Readonly<Record<number, Refusal>> = {
  1: { by: 'remote', text: 'general failure' },
  2: { by: 'hop', text: 'not allowed by its rules' },
  3: { by: 'remote', text: 'the network is unreachable' },
  4: { by: 'remote', text: 'no route to the host' },
  5: { by: 'remote', text: 'connection refused' },
  6: { by: 'remote', text: 'the connection timed out' },
  7: { by: 'hop', text: 'it does not support CONNECT' },
  8: { by: 'hop', text: 'it does not support this type of address' },
};

/** `undefined`: the wire leads to the remote. */
export async function askSocks(
  wire: SmtpWire,
  { address, port }: RemoteAddress,
  leftMs: () => number,
): Promise<Refusal | undefined> {
  const method = await wire.exchange(Buffer.from([VERSION, 1, NO_AUTHENTICATION]), pair, leftMs());
  if (method === undefined) return { by: 'hop', text: wire.ended ?? '' };
  if (method[0] !== VERSION) return { by: 'hop', text: 'it is no SOCKS5 server' };
  if (method[1] !== NO_AUTHENTICATION) return { by: 'hop', text: 'it wants a login' };

  const type = ADDRESS_TYPES[familyOf(address) ?? 'ipv4'];
  const request = [VERSION, CONNECT, 0, type, ...addressOctets(address), port >> 8, port & 0xff];
  const reply = await wire.exchange(Buffer.from(request), replyLength, leftMs());
  if (reply === undefined) return { by: 'remote', text: wire.ended ?? '' };
  if (reply[0] !== VERSION) return { by: 'hop', text: 'it is no SOCKS5 server' };
  const code = reply[1] ?? 1;
  return code === 0 ? undefined : (REPLIES[code] ?? { by: 'hop', text: `it answered ${code}` });
}

function pair(received: Buffer): number | undefined {
  return received.length >= 2 ? 2 : undefined;
}

/** Of a refusal two octets are enough: some servers send no more. */
function replyLength(received: Buffer): number | undefined {
  const [version, code, , type, nameLength] = received;
  if (code === undefined) return undefined;
  if (version !== VERSION || code !== 0) return 2;
  if (type === undefined || nameLength === undefined) return undefined;
  const address = type === ADDRESS_TYPES.ipv6 ? 16 : type === DOMAIN_NAME ? 1 + nameLength : 4;
  const length = 4 + address + 2;
  return received.length >= length ? length : undefined;
}
