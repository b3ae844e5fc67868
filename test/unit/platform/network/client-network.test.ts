import { describe, expect, it } from 'vitest';
import {
  clientHost,
  clientNetwork,
  readClientAddress,
} from '../../../../src/platform/network/client-network.ts';

describe('the host of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
    ['1:2:3::192.0.2.7', '1:2:3:0::/64'],
    ['unknown', 'unknown'],
  ])('%s is %s', (address, network) => {
    expect(clientHost(address)).toBe(network);
  });
});

describe('the network of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.0/24'],
    ['::ffff:192.0.2.7', '192.0.2.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:DB8:1:ffff::9', '2001:db8:1::/48'],
    ['2001:db8::1', '2001:db8:0::/48'],
    ['::1', '0:0:0::/48'],
    ['fe80::1%eth0', 'fe80:0:0::/48'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0::/48'],
    ['unknown', 'unknown'],
  ])('%s is %s', (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });
});

describe('the address that a proxy names', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:1234', '192.0.2.7'],
    ['[192.0.2.7]:1234', '192.0.2.7'],
    ['2001:DB8::7', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['[2001:db8::7]:443', '2001:db8::7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['[::ffff:192.0.2.7]:80', '192.0.2.7'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['2001:db8::7:443', '2001:db8::7:443'],
  ])('%s is %s', (text, address) => {
    expect(readClientAddress(text)).toBe(address);
  });

  it.each([
    ...['', 'unknown', '_hidden', '127.1', '3405803770', '0300.0.2.7', '192.0.2.7:', '192.0.2.7:123456'],
    ...[
      '192.0.2.7 ',
      '"192.0.2.7"',
      'for=192.0.2.7',
      '[192.0.2.7',
      '[[::1]]',
      '192.0.2.7,192.0.2.8',
      '192.0.2.7\0',
    ],
  ])('is none in %j', (text) => {
    expect(readClientAddress(text)).toBeUndefined();
  });
});
