import { describe, expect, test } from 'vitest';
import { createFindRoute, type FindRouteOptions } from '../../../../src/delivery/route/find-route.ts';
import type { Route } from '../../../../src/delivery/route/routes.ts';
import { zoneResolver, type Zone } from '../../../support/dns-zone.ts';
import { seededRandom } from '../../../support/seeded-random.ts';

function find(zone: Zone, domain: string, options: Partial<FindRouteOptions> = {}): Promise<Route> {
  return createFindRoute({
    resolver: zoneResolver(zone),
    random: seededRandom(),
    hostname: 'relay.test',
    ownAddresses: [],
    port: 25,
    allowPrivateAddresses: true,
    ...options,
  })(domain);
}

const mx = (...exchanges: [number, string][]) => ({
  mx: exchanges.map(([preference, exchange]) => ({ preference, exchange })),
});

test('gives the hosts by preference with their addresses', async () => {
  const zone = {
    'dest.test': mx([20, 'mx2.test'], [10, 'mx1.test']),
    'mx1.test': { a: ['10.0.0.1'], aaaa: ['fd00::1'] },
    'mx2.test': { a: ['10.0.0.2'] },
  };
  expect(await find(zone, 'dest.test')).toEqual({
    kind: 'hosts',
    site: 'mx1.test,mx2.test',
    hosts: [
      { name: 'mx1.test', preference: 10, addresses: ['fd00::1', '10.0.0.1'] },
      { name: 'mx2.test', preference: 20, addresses: ['10.0.0.2'] },
    ],
    ttlMs: 300_000,
  });
});

test('a domain without MX stands for itself, an address literal for its address', async () => {
  expect(await find({ 'dest.test': { a: ['10.0.0.1'] } }, 'dest.test')).toMatchObject({
    kind: 'hosts',
    hosts: [{ name: 'dest.test', addresses: ['10.0.0.1'] }],
  });
  expect(await find({}, '[10.0.0.9]')).toMatchObject({ kind: 'hosts', hosts: [{ addresses: ['10.0.0.9'] }] });
});

test('a host whose addresses cannot be asked leaves the others', async () => {
  const zone: Zone = {
    'dest.test': mx([10, 'mx1.test'], [20, 'mx2.test']),
    'mx1.test': { fault: 'servfail' },
    'mx2.test': { a: ['10.0.0.2'] },
  };
  expect(await find(zone, 'dest.test')).toMatchObject({ hosts: [{ name: 'mx2.test' }] });
});

describe('is unknown, so that it is asked again,', () => {
  test.each<[string, Zone]>([
    ['when the MX question fails', { 'dest.test': { fault: 'servfail' } }],
    ['when the MX question is not answered', { 'dest.test': { fault: { MX: 'timeout' } } }],
    [
      'when no address of the hosts can be asked',
      { 'dest.test': mx([10, 'mx1.test'], [20, 'mx2.test']), 'mx1.test': { fault: 'servfail' } },
    ],
  ])('%s', async (_name, zone) => {
    expect(await find(zone, 'dest.test')).toMatchObject({ kind: 'unknown' });
  });
});

describe('is none', () => {
  test('for a domain that does not exist', async () => {
    expect(await find({}, 'dest.test')).toMatchObject({
      kind: 'none',
      found: 'no-such-domain',
      status: '5.1.2',
    });
  });

  test('for a null MX', async () => {
    const zone = { 'dest.test': mx([0, '.']), 'other.test': mx([0, '']) };
    expect(await find(zone, 'dest.test')).toMatchObject({ kind: 'none', found: 'null-mx', status: '5.1.10' });
    expect(await find(zone, 'other.test')).toMatchObject({ kind: 'none', found: 'null-mx' });
  });

  test('for hosts without addresses', async () => {
    const zone = { 'dest.test': mx([10, 'gone.test']) };
    expect(await find(zone, 'dest.test')).toMatchObject({ kind: 'none', found: 'no-mail-host' });
  });

  test('for private, loopback and link-local addresses, unless allowed', async () => {
    for (const address of ['10.1.2.3', '127.0.0.1', '169.254.169.254', '192.168.1.1']) {
      const zone = { 'dest.test': { a: [address] } };
      const refused = await find(zone, 'dest.test', { allowPrivateAddresses: false });
      expect(refused).toMatchObject({ kind: 'none', found: 'not-allowed', stage: 'policy', status: '5.4.4' });
      expect(refused).toHaveProperty('text', expect.stringContaining(address));
      expect(await find(zone, 'dest.test')).toMatchObject({ kind: 'hosts' });
    }
  });

  test('but public addresses beside private ones are used', async () => {
    const zone = { 'dest.test': { a: ['10.0.0.1', '8.8.8.8'] } };
    const found = await find(zone, 'dest.test', { allowPrivateAddresses: false });
    expect(found).toMatchObject({ hosts: [{ addresses: ['8.8.8.8'] }] });
  });
});

describe('never leads to ourselves', () => {
  test('an MX with our name, and those no better, are left out', async () => {
    const zone = {
      'dest.test': mx([10, 'mx1.test'], [20, 'Relay.test.'], [20, 'peer.test'], [30, 'mx3.test']),
      'mx1.test': { a: ['10.0.0.1'] },
      'relay.test': { a: ['10.0.0.8'] },
      'peer.test': { a: ['10.0.0.2'] },
      'mx3.test': { a: ['10.0.0.3'] },
    };
    expect(await find(zone, 'dest.test')).toMatchObject({ kind: 'hosts', hosts: [{ name: 'mx1.test' }] });
  });

  test('as the best MX it is a loop', async () => {
    const zone = { 'dest.test': mx([10, 'relay.test'], [20, 'mx2.test']), 'mx2.test': { a: ['10.0.0.2'] } };
    expect(await find(zone, 'dest.test')).toMatchObject({ kind: 'none', found: 'loop', status: '5.4.6' });
  });

  test('an address and port that we listen on is a loop, the same address with another port is not', async () => {
    const zone = { 'dest.test': { a: ['10.0.0.1'] } };
    const at = (port: number) => find(zone, 'dest.test', { ownAddresses: [{ host: '10.0.0.1', port }] });
    expect(await at(25)).toMatchObject({ kind: 'none', found: 'loop' });
    expect(await at(587)).toMatchObject({ kind: 'hosts' });
  });

  test('a wildcard listener is at the loopback addresses', async () => {
    const ownAddresses = [{ host: '0.0.0.0', port: 25 }];
    const found = await find({ 'dest.test': { a: ['127.0.0.1'] } }, 'dest.test', { ownAddresses });
    expect(found).toMatchObject({ kind: 'none', found: 'loop' });
  });
});
