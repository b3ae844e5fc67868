import { describe, expect, it } from 'vitest';
import { LONGEST_PROXY_HEADER, readProxyHeader } from '../../../../src/smtp/server/proxy-header.ts';

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];

interface Binary {
  readonly command?: number;
  readonly family?: number;
  readonly addresses?: readonly number[];
  /** Default: that of `addresses`. */
  readonly size?: number;
}

/** Version 2, octet by octet as the specification's section 2.2 lays it out. */
function binary({ command = 0x21, family = 0x11, addresses = OVER_IPV4, size }: Binary = {}): Buffer {
  const length = size ?? addresses.length;
  return Buffer.from([...SIGNATURE, command, family, length >> 8, length & 0xff, ...addresses]);
}

// 192.0.2.7:51234 to 198.51.100.1:587
const OVER_IPV4 = [192, 0, 2, 7, 198, 51, 100, 1, 0xc8, 0x22, 0x02, 0x4b];
const IPV6_SOURCE = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
const MAPPED_SOURCE = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7];
const overIpv6 = (source: readonly number[]) => [...source, ...IPV6_SOURCE, 0xc8, 0x22, 0x02, 0x4b];

const read = (text: string) => readProxyHeader(Buffer.from(text, 'latin1'));
const client = (address: string) => ({ address, port: 51_234 });

describe('version 1 of the PROXY protocol', () => {
  it('names a client over IPv4', () => {
    const line = 'PROXY TCP4 192.0.2.7 198.51.100.1 51234 587\r\n';
    expect(read(`${line}EHLO a\r\n`)).toEqual({
      kind: 'header',
      length: line.length,
      client: client('192.0.2.7'),
    });
  });

  it.each([
    ['2001:DB8::7', '2001:db8::7'],
    ['2001:0db8:0:0:0:0:0:7', '2001:db8::7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
  ])('names %s over IPv6 in one form', (written, address) => {
    const header = read(`PROXY TCP6 ${written} 2001:db8::1 51234 587\r\n`);
    expect(header).toMatchObject({ kind: 'header', client: client(address) });
  });

  it.each(['PROXY UNKNOWN\r\n', 'PROXY UNKNOWN ffff:: whatever 1 2 3\r\n'])('names nobody: %j', (line) => {
    expect(read(line)).toEqual({ kind: 'header', length: line.length, client: undefined });
  });

  it('waits for its end, octet by octet', () => {
    const line = 'PROXY TCP4 192.0.2.7 198.51.100.1 51234 587\r\n';
    for (let length = 1; length < line.length; length++)
      expect(read(line.slice(0, length))).toEqual({ kind: 'incomplete' });
  });

  it.each([
    ['a line without CR', 'PROXY TCP4 192.0.2.7 198.51.100.1 51234 587\n'.padEnd(110, 'x')],
    ['two blanks', 'PROXY TCP4  192.0.2.7 198.51.100.1 51234 587\r\n'],
    ['lower case', 'proxy TCP4 192.0.2.7 198.51.100.1 51234 587\r\n'],
    ['UDP', 'PROXY UDP4 192.0.2.7 198.51.100.1 51234 587\r\n'],
    ['an address of the other family', 'PROXY TCP4 2001:db8::7 198.51.100.1 51234 587\r\n'],
    ['no destination', 'PROXY TCP4 192.0.2.7 51234 587\r\n'],
    ['a name', 'PROXY TCP4 localhost 198.51.100.1 51234 587\r\n'],
    ['an octet with leading zero', 'PROXY TCP4 192.0.2.07 198.51.100.1 51234 587\r\n'],
    ['a zone', 'PROXY TCP6 fe80::1%eth0 2001:db8::1 51234 587\r\n'],
    ['a port with leading zero', 'PROXY TCP4 192.0.2.7 198.51.100.1 051234 587\r\n'],
    ['a port beyond the last', 'PROXY TCP4 192.0.2.7 198.51.100.1 65536 587\r\n'],
    ['a sixth field', 'PROXY TCP4 192.0.2.7 198.51.100.1 51234 587 x\r\n'],
    ['107 octets without an end', 'PROXY UNKNOWN '.padEnd(107, 'x')],
    ['an SMTP command', 'EHLO client.test\r\n'],
    ['what begins alike', 'PROXIMITY\r\n'],
  ])('is malformed: %s', (_, text) => {
    expect(read(text).kind).toBe('malformed');
  });

  it('takes the longest line that the specification allows', () => {
    const line = `PROXY UNKNOWN ${'f'.repeat(91)}\r\n`;
    expect(line).toHaveLength(107);
    expect(read(line)).toMatchObject({ kind: 'header', length: 107 });
  });
});

describe('version 2 of the PROXY protocol', () => {
  it('names a client over IPv4', () => {
    const header = binary();
    const followed = Buffer.concat([header, Buffer.from('EHLO a\r\n')]);
    expect(readProxyHeader(followed)).toEqual({ kind: 'header', length: 28, client: client('192.0.2.7') });
  });

  it.each([
    ['2001:db8::7', IPV6_SOURCE],
    ['192.0.2.7', MAPPED_SOURCE],
  ])('names %s over IPv6', (address, source) => {
    const header = binary({ family: 0x21, addresses: overIpv6(source) });
    expect(readProxyHeader(header)).toEqual({ kind: 'header', length: 52, client: client(address) });
  });

  it('skips what follows the addresses', () => {
    const header = binary({ addresses: [...OVER_IPV4, 0x03, 0, 4, 1, 2, 3, 4] });
    expect(readProxyHeader(header)).toEqual({ kind: 'header', length: 35, client: client('192.0.2.7') });
  });

  it.each([
    ['LOCAL', binary({ command: 0x20 })],
    ['LOCAL without addresses', binary({ command: 0x20, family: 0, addresses: [] })],
    ['UNSPEC', binary({ family: 0x00 })],
  ])('names nobody: %s', (_, header) => {
    expect(readProxyHeader(header)).toEqual({ kind: 'header', length: header.length, client: undefined });
  });

  it('waits for its end, octet by octet', () => {
    const header = binary();
    for (let length = 1; length < header.length; length++)
      expect(readProxyHeader(header.subarray(0, length))).toEqual({ kind: 'incomplete' });
  });

  it.each([
    ['version 1 in it', { command: 0x11 }],
    ['an unknown command', { command: 0x22 }],
    ['UDP over IPv4', { family: 0x12 }],
    ['a Unix socket', { family: 0x31, addresses: Array<number>(216).fill(0x61) }],
    ['addresses that are too short', { addresses: OVER_IPV4.slice(0, 11) }],
    ['IPv6 in the room of IPv4', { family: 0x21 }],
    ['2,049 octets announced', { size: 2_049 }],
    ['65,535 octets announced', { size: 65_535 }],
  ] satisfies [string, Binary][])('is malformed: %s', (_, change) => {
    expect(readProxyHeader(binary(change)).kind).toBe('malformed');
  });

  it('is malformed where its signature is not whole', () => {
    const header = binary();
    header[11] = 0x0d;
    expect(readProxyHeader(header).kind).toBe('malformed');
  });

  it('says whether a header is complete by the octets of the longest', () => {
    const header = binary({ addresses: [...OVER_IPV4, ...Array<number>(2_048 - 12).fill(0)] });
    expect(header).toHaveLength(LONGEST_PROXY_HEADER);
    expect(readProxyHeader(header).kind).toBe('header');
  });
});
