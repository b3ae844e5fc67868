import { expect, it } from 'vitest';
import { reverseName } from '../../../src/dns/reverse-name.ts';
import { ipv6Groups } from '../../../src/platform/network/ip-address.ts';

it('turns an address into the name of its PTR records', () => {
  expect(reverseName('192.0.2.10')).toBe('10.2.0.192.in-addr.arpa');
  expect(reverseName('2001:db8::567:89ab')).toBe(
    'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
  );
  expect(reverseName('example.test')).toBeUndefined();
});

it('reads every way to write an IPv6 address', () => {
  expect(ipv6Groups('::')).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(ipv6Groups('1::')).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  expect(ipv6Groups('::1:2')).toEqual([0, 0, 0, 0, 0, 0, 1, 2]);
  expect(ipv6Groups('1:2:3:4:5:6:7:8')).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(ipv6Groups('::ffff:192.0.2.1')).toEqual([0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201]);
  expect(ipv6Groups('fe80::a%eth0')).toEqual([0xfe80, 0, 0, 0, 0, 0, 0, 10]);
});
