/**
 * DER for the few structures of X.509 that are made here: self-signed certificates and requests for a certificate. Node.js makes
 * keys and signatures, and neither of the two; the libraries for it load a dozen packages for a fixed structure of ten
 * fields each (docs/adr/0015-own-acme-client.md). X.690 §8.1, RFC 5280.
 */
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  generalizedTime: 0x18,
  utcTime: 0x17,
} as const;

const TRUE = Buffer.from('0101ff', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');

/** Tag, length, value. */
export function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const octets = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, 0x80 | octets.length, ...octets), content]);
}

export function sequence(...parts: readonly Buffer[]): Buffer {
  return der(TAG.sequence, Buffer.concat(parts));
}

/** With a tag of the context, such as 0xa0 for `[0]`. */
export function tagged(tag: number, content: Buffer): Buffer {
  return der(tag, content);
}

export function bitString(octets: Buffer): Buffer {
  return der(TAG.bitString, Buffer.concat([Buffer.of(0), octets]));
}

/** `oid` in DER; `value`: the extension's own DER. RFC 5280 §4.1. */
export function extension(oid: Buffer, critical: boolean, value: Buffer): Buffer {
  return sequence(oid, ...(critical ? [TRUE] : []), der(TAG.octetString, value));
}

/** For a domain name or an IP address. RFC 5280 §4.2.1.6. */
export function subjectAltName(host: string): Buffer {
  return extension(SUBJECT_ALT_NAME, false, sequence(generalName(host)));
}

export function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}

function generalName(host: string): Buffer {
  const version = isIP(host);
  if (version === 0) return tagged(0x82, Buffer.from(domainToASCII(host) || 'localhost', 'latin1'));
  if (version === 4) return tagged(0x87, Buffer.from(host.split('.').map(Number)));
  const groups = new URL(`http://[${host}]`).hostname.slice(1, -1).split('::');
  const [head = [], tail = []] = groups.map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  const hex = [...head, ...(groups.length > 1 ? zeros : []), ...tail].map((group) => group.padStart(4, '0'));
  return tagged(0x87, Buffer.from(hex.join(''), 'hex'));
}
