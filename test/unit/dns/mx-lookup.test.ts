import { describe, expect, it } from 'vitest';
import { addressOfLiteral, lookupAddresses, lookupMx, siteOf } from '../../../src/dns/mx-lookup.ts';
import { zoneResolver, type Zone } from '../../support/dns-zone.ts';
import { seededRandom } from '../../support/seeded-random.ts';

function context(zone: Zone, seed = 1) {
  return { resolver: zoneResolver(zone), random: seededRandom(seed) };
}

async function hostsOf(domain: string, zone: Zone, seed = 1) {
  const lookup = await lookupMx(domain, context(zone, seed));
  if (lookup.kind !== 'hosts') throw new Error(lookup.kind);
  return lookup;
}

const MANY: Zone = {
  'many.test': {
    mx: [
      { preference: 20, exchange: 'backup.test' },
      { preference: 10, exchange: 'a.test' },
      { preference: 10, exchange: 'b.test' },
      { preference: 10, exchange: 'c.test' },
      { preference: 30, exchange: 'a.test' },
    ],
  },
};

describe('MX look-up', () => {
  it('gives hosts by preference, each once', async () => {
    const { hosts, implicit, ttlSeconds } = await hostsOf('many.test', MANY);
    expect(hosts.map(({ preference }) => preference)).toEqual([10, 10, 10, 20]);
    expect(hosts.at(-1)).toEqual({ name: 'backup.test', preference: 20 });
    expect(implicit).toBe(false);
    expect(ttlSeconds).toBe(300);
  });

  it('shuffles equal ones, so that each comes first now and then', async () => {
    const first = new Set<string | undefined>();
    for (let seed = 0; seed < 50; seed++) first.add((await hostsOf('many.test', MANY, seed)).hosts[0]?.name);
    expect(first).toEqual(new Set(['a.test', 'b.test', 'c.test']));
  });

  it('finds the null MX, and ignores it beside others', async () => {
    const zone: Zone = {
      'null.test': { mx: [{ preference: 0, exchange: '' }], a: ['192.0.2.1'] },
      'odd.test': {
        mx: [
          { preference: 0, exchange: '.' },
          { preference: 5, exchange: 'mx.test' },
        ],
      },
    };
    expect(await lookupMx('null.test', context(zone))).toEqual({ kind: 'null-mx', ttlSeconds: 300 });
    expect((await hostsOf('odd.test', zone)).hosts).toEqual([{ name: 'mx.test', preference: 5 }]);
  });

  it('lets a domain without MX stand for itself', async () => {
    const zone: Zone = {
      'v4.test': { a: ['192.0.2.1'] },
      'v6.test': { aaaa: ['2001:db8::1'], ttlSeconds: 60 },
    };
    expect(await lookupMx('v4.test', context(zone))).toEqual({
      kind: 'hosts',
      hosts: [{ name: 'v4.test', preference: 0 }],
      implicit: true,
      ttlSeconds: 300,
    });
    expect(await hostsOf('v6.test', zone)).toMatchObject({ implicit: true, ttlSeconds: 60 });
  });

  it('lets a domain stand for itself when only its MX look-up says that it does not exist', async () => {
    const zone: Zone = { 'broken.test': { a: ['192.0.2.1'], fault: { MX: 'nxdomain' } } };
    expect((await hostsOf('broken.test', zone)).implicit).toBe(true);
  });

  it('says no only when DNS said no', async () => {
    const zone: Zone = {
      'bare.test': { txt: ['nothing else'] },
      'servfail.test': { fault: 'servfail', a: ['192.0.2.1'] },
      'timeout.test': { fault: { MX: 'timeout' }, a: ['192.0.2.1'] },
      'half.test': { fault: { A: 'servfail' } },
      'half6.test': { fault: { AAAA: 'refused' } },
      'gone.test': { fault: { MX: 'nxdomain', A: 'servfail' } },
    };
    expect(await lookupMx('nowhere.test', context(zone))).toMatchObject({
      kind: 'no-such-domain',
      nxdomain: true,
      text: 'the domain nowhere.test does not exist',
    });
    expect(await lookupMx('bare.test', context(zone))).toMatchObject({
      kind: 'no-such-domain',
      nxdomain: false,
    });
    for (const name of ['servfail.test', 'timeout.test', 'half.test', 'half6.test'])
      expect(await lookupMx(name, context(zone))).toMatchObject({ kind: 'failed' });
    expect(await lookupMx('gone.test', context(zone))).toMatchObject({ kind: 'no-such-domain' });
  });

  it('follows a CNAME', async () => {
    const zone: Zone = {
      'alias.test': { cname: 'real.test' },
      'real.test': { mx: [{ preference: 1, exchange: 'mx.test' }] },
    };
    expect((await hostsOf('alias.test', zone)).hosts).toEqual([{ name: 'mx.test', preference: 1 }]);
  });

  it('takes an address literal for its own host, without asking', async () => {
    expect((await hostsOf('[192.0.2.7]', {})).hosts).toEqual([{ name: '[192.0.2.7]', preference: 0 }]);
    expect(await lookupAddresses('[192.0.2.7]', context({}))).toMatchObject({ addresses: ['192.0.2.7'] });
    expect(await lookupAddresses('[IPv6:2001:db8::7]', context({}))).toMatchObject({
      addresses: ['2001:db8::7'],
    });
    expect(addressOfLiteral('192.0.2.7')).toBeUndefined();
    expect(addressOfLiteral('[nonsense]')).toBeUndefined();
  });

  it('walks through a zone with hundreds of hosts only so far', async () => {
    const mx = Array.from({ length: 500 }, (_, n) => ({ preference: n, exchange: `mx${n}.test` }));
    const { hosts } = await hostsOf('huge.test', { 'huge.test': { mx } });
    expect(hosts).toHaveLength(30);
    expect(hosts[0]?.name).toBe('mx0.test');
  });
});

describe('address look-up', () => {
  it('takes the families in turn, IPv6 first', async () => {
    const zone: Zone = { 'mx.test': { a: ['192.0.2.1', '192.0.2.2', '192.0.2.3'], aaaa: ['2001:db8::1'] } };
    const lookup = await lookupAddresses('mx.test', context(zone));
    const addresses = lookup.kind === 'found' ? lookup.addresses : [];
    expect(addresses.map((address) => (address.includes(':') ? 6 : 4))).toEqual([6, 4, 4, 4]);
    expect(new Set(addresses).size).toBe(4);
  });

  it('makes do with one family when the other could not be asked', async () => {
    const zone: Zone = { 'mx.test': { a: ['192.0.2.1'], fault: { AAAA: 'servfail' } } };
    expect(await lookupAddresses('mx.test', context(zone))).toMatchObject({
      kind: 'found',
      addresses: ['192.0.2.1'],
    });
  });

  it('tells none from not known', async () => {
    const zone: Zone = { 'none.test': { txt: ['x'] }, 'half.test': { fault: { AAAA: 'timeout' } } };
    expect(await lookupAddresses('none.test', context(zone))).toMatchObject({ kind: 'none' });
    expect(await lookupAddresses('nowhere.test', context(zone))).toMatchObject({ kind: 'none' });
    expect(await lookupAddresses('half.test', context(zone))).toMatchObject({ kind: 'failed' });
  });
});

describe('the site', () => {
  it('is the same for domains with the same hosts, whatever the order of their records', async () => {
    const zone: Zone = {
      ...MANY,
      'other.test': { mx: [...(MANY['many.test']?.mx ?? [])].reverse() },
      'turned.test': {
        mx: [
          { preference: 5, exchange: 'backup.test' },
          { preference: 10, exchange: 'a.test' },
          { preference: 10, exchange: 'b.test' },
          { preference: 10, exchange: 'c.test' },
        ],
      },
    };
    const site = siteOf(await hostsOf('many.test', zone));
    expect(site).toBe('a.test,b.test,c.test,backup.test');
    for (let seed = 0; seed < 10; seed++) expect(siteOf(await hostsOf('other.test', zone, seed))).toBe(site);
    expect(siteOf(await hostsOf('turned.test', zone))).not.toBe(site);
  });
});
