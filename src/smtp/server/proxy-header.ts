/**
 * The header of the PROXY protocol, versions 1 and 2 (HAProxy's specification of 2020/03/05): the address of the client
 * in front of whose connection a proxy stands. Pure: octets in, verdict out; never throws. smtp-server's own reader knows
 * version 1 alone, and takes forms of it that the specification excludes.
 *
 * Only IPv4 and IPv6 over TCP are taken. A header that names nobody (LOCAL, UNKNOWN, UNSPEC: the proxy's own checks)
 * leaves the connection its own address. Additional fields (TLVs) are skipped.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { ipv6Groups, ipv6Text } from '../../platform/network/ip-address.ts';

export interface ProxiedClient {
  readonly address: string;
  readonly port: number;
}

export type ProxyHeader =
  /** So far it is one, and more octets are needed. */
  | { readonly kind: 'incomplete' }
  /** `length`: its octets; what follows is the client's. `client` is `undefined` where it names nobody. */
  | { readonly kind: 'header'; readonly length: number; readonly client: ProxiedClient | undefined }
  | { readonly kind: 'malformed'; readonly problem: string };

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const PREFIX = Buffer.from('PROXY ', 'latin1');
/** With CRLF; the specification's bound. */
const MOST_OF_V1 = 107;
const FIXED_OF_V2 = 16;
/** After the fixed part. Addresses take 36, the rest is for TLVs, such as those of cloud balancers. */
const MOST_OF_V2 = 2_048;

const MAPPED = Buffer.from('00000000000000000000ffff', 'hex');

/** More octets than that are never needed to read a header. */
export const LONGEST_PROXY_HEADER = FIXED_OF_V2 + MOST_OF_V2;

/** Reads the header that `octets` begin with. */
export function readProxyHeader(octets: Buffer): ProxyHeader {
  if (beginsAlike(octets, SIGNATURE)) return octets.length < FIXED_OF_V2 ? INCOMPLETE : binary(octets);
  if (beginsAlike(octets, PREFIX)) return line(octets);
  return malformed('there is none');
}

const INCOMPLETE: ProxyHeader = { kind: 'incomplete' };

function malformed(problem: string): ProxyHeader {
  return { kind: 'malformed', problem };
}

/** As far as both go. */
function beginsAlike(octets: Buffer, expected: Buffer): boolean {
  const compared = Math.min(octets.length, expected.length);
  return octets.subarray(0, compared).equals(expected.subarray(0, compared));
}

/** Version 1: `PROXY TCP4 192.0.2.7 198.51.100.1 51234 587` and CRLF. */
function line(octets: Buffer): ProxyHeader {
  const end = octets.subarray(0, MOST_OF_V1).indexOf('\r\n');
  if (end < 0) return octets.length < MOST_OF_V1 ? INCOMPLETE : malformed('its line is too long');
  const length = end + 2;
  const [, family, ...rest] = octets.toString('latin1', 0, end).split(' ');
  if (family === 'UNKNOWN') return { kind: 'header', length, client: undefined };
  if (family !== 'TCP4' && family !== 'TCP6') return malformed('its protocol is not TCP4, TCP6 or UNKNOWN');
  const [source = '', destination = '', sourcePort = '', destinationPort = '', ...more] = rest;
  const isAddress = family === 'TCP4' ? isIPv4 : isPlainIPv6;
  if (more.length > 0 || !isAddress(source) || !isAddress(destination)) return malformed('its addresses');
  if (!isPort(sourcePort) || !isPort(destinationPort)) return malformed('its ports');
  return {
    kind: 'header',
    length,
    client: { address: family === 'TCP4' ? source : ipv6OfText(source), port: Number(sourcePort) },
  };
}

/** Without a zone: `fe80::1%eth0` is no address of another machine. */
function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

/** Version 2: the signature, version and command, family and protocol, length, addresses, TLVs. */
function binary(octets: Buffer): ProxyHeader {
  const version = octets.readUInt8(12) >> 4;
  const command = octets.readUInt8(12) & 0x0f;
  const family = octets.readUInt8(13);
  const size = octets.readUInt16BE(14);
  if (version !== 2 || command > 1) return malformed('its version or command');
  if (size > MOST_OF_V2) return malformed('it is too long');
  const length = FIXED_OF_V2 + size;
  if (octets.length < length) return INCOMPLETE;
  if (command === 0 || family === 0x00) return { kind: 'header', length, client: undefined };
  const addresses = octets.subarray(FIXED_OF_V2, length);
  if (family === 0x11 && size >= 12) {
    const address = addresses.subarray(0, 4).join('.');
    return { kind: 'header', length, client: { address, port: addresses.readUInt16BE(8) } };
  }
  if (family === 0x21 && size >= 36) {
    return {
      kind: 'header',
      length,
      client: { address: ipv6Address(addresses.subarray(0, 16)), port: addresses.readUInt16BE(32) },
    };
  }
  return malformed('its addresses are not of TCP over IPv4 or IPv6');
}

function ipv6OfText(text: string): string {
  const octets = Buffer.alloc(16);
  for (const [index, group] of ipv6Groups(text).entries()) octets.writeUInt16BE(group, 2 * index);
  return ipv6Address(octets);
}

/** IPv4 where it is mapped into IPv6. */
function ipv6Address(octets: Buffer): string {
  if (octets.subarray(0, 12).equals(MAPPED)) return octets.subarray(12).join('.');
  return ipv6Text(Array.from({ length: 8 }, (_, index) => octets.readUInt16BE(2 * index)));
}
