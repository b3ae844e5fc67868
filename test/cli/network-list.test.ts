/** Networks as they are typed for --allow-ip. */
import { describe, expect, test } from 'vitest';
import { CliFailure } from '../../src/cli/program/cli-failure.ts';
import { networkDangers } from '../../src/admin/credentials/network.ts';
import { parseNetwork } from '../../src/cli/input/network-list.ts';
import { ipv4Gateways, ipv6Gateways } from '../../src/cli/routing-table.ts';

test.each([
  ['192.0.2.7', '192.0.2.7/32'],
  ['10.1.0.0/16', '10.1.0.0/16'],
  ['10.1.2.128/25', '10.1.2.128/25'],
  ['2001:DB8::7', '2001:db8::7/128'],
  ['2001:db8:0:0::/64', '2001:db8::/64'],
  ['fd00:1234::/20', 'fd00:1000::/20'],
])('%s', (text, cidr) => {
  if (text === 'fd00:1234::/20') expect(() => parseNetwork(text)).toThrow(CliFailure);
  else expect(parseNetwork(text).cidr).toBe(cidr);
});

test.each([
  ['10.1.2.3/16', 'write 10.1.2.3 for the address, or 10.1.0.0/16 for the network'],
  ['fd00:1234::/20', 'write fd00:1234:: for the address, or fd00:1000::/20 for the network'],
  ['0.0.0.0/0', 'name the addresses of your own devices, such as 10.1.0.0/16'],
  ['10.1.2.3/33', undefined],
  ['::ffff:10.1.2.3', 'write it as IPv4: 192.0.2.7'],
  ['10.1.2', 'write 192.0.2.7, 10.1.0.0/16 or 2001:db8::/64'],
  ['printer.local', 'write 192.0.2.7, 10.1.0.0/16 or 2001:db8::/64'],
])('%s is refused with what to write', (text, hint) => {
  try {
    parseNetwork(text);
    expect.fail('it was taken');
  } catch (error) {
    expect(error).toMatchObject({ code: 'usage', exitCode: 2, hint });
  }
});

describe('dangers', () => {
  test.each([
    ['10.1.2.0/24', ['10.1.2.254'], 1],
    ['10.1.2.0/24', ['10.1.3.254'], 0],
    ['192.168.7.1', [], 1],
    ['203.0.113.1', [], 0],
    ['10.0.0.0/8', [], 0],
    ['203.0.0.0/8', [], 1],
    ['fd00::/16', ['fd00::1'], 1],
  ])('%s with gateways %s: %i', (text, gateways, count) => {
    expect(networkDangers(parseNetwork(text), gateways)).toHaveLength(count);
  });
});

test('gateways are read from the routing table', () => {
  const v4 = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
    '',
  ].join('\n');
  expect(ipv4Gateways(v4)).toEqual(['172.17.0.1']);
  const zero = '0'.repeat(32);
  const v6 = [
    `${zero} 00 ${zero} 00 20010db8000000000000000000000001 00000400 00000001 00000000 00000003 eth0`,
    `${zero} 00 ${zero} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eth0`,
    `${zero} 00 ${zero} 00 ${zero} ffffffff 00000001 00000000 00200200 lo`,
    '',
  ].join('\n');
  expect(ipv6Gateways(v6)).toEqual(['2001:db8::1']);
  expect([...ipv4Gateways(''), ...ipv6Gateways('')]).toEqual([]);
});
