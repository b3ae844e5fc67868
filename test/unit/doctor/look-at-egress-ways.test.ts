/** The looks at sources and smart hosts: which addresses are ours, and which host of a smart host is tried. */
import { expect, test } from 'vitest';
import { lookAtSmartHosts } from '../../../src/doctor/look-at-smart-hosts.ts';
import { lookAtSources } from '../../../src/doctor/look-at-sources.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { zoneResolver } from '../../support/dns-zone.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const egressOf = (toml: string) =>
  loadConfig({
    path: 'relay.toml',
    env: {},
    readFile: () => toml,
    defaultHostname: 'relay.test',
    cwd: '/srv',
  }).config.egress;

test('an address of this machine can be left from, another one cannot', async () => {
  const { sources } = egressOf(
    '[[source]]\nname = "here"\naddress = ["127.0.0.9"]\nhostname = "out.test"\n' +
      '[[source]]\nname = "there"\naddress = "192.0.2.1"\n' +
      '[[source]]\nname = "hop"\naddress = "192.0.2.2"\nhop = "socks5://192.0.2.3:1080"\n',
  );
  const facts = await lookAtSources({
    sources,
    privateNetwork: true,
    resolver: zoneResolver({ 'out.test': { a: ['127.0.0.9'] }, '127.0.0.9': { ptr: ['out.test'] } }),
  });
  expect(facts?.addresses).toMatchObject([
    {
      source: 'here',
      isLocal: true,
      reverse: { kind: 'names', names: [{ name: 'out.test', leadsBack: true }] },
      forward: { kind: 'found', addresses: ['127.0.0.9'] },
    },
    { source: 'there', isLocal: false, reverse: { kind: 'none' } },
    { source: 'hop', isLocal: undefined },
  ]);
});

test('of private addresses PTR records say nothing, unless the network is closed', async () => {
  const { sources } = egressOf('[[source]]\nname = "nat"\naddress = "10.0.0.7"\n');
  const facts = await lookAtSources({
    sources,
    privateNetwork: false,
    resolver: zoneResolver({}),
    isLocal: () => Promise.resolve(true),
  });
  expect(facts?.addresses).toMatchObject([{ isLocal: true, reverse: undefined }]);
});

test('the next address of a smart host is tried where the first fails, from a source of the pool', async () => {
  const { routes, sources } = egressOf(
    '[[route]]\nname = "office"\naction = "relay"\nhost = "smtp.test"\nusername = "u"\npassword = "p"\npool = "bulk"\n' +
      '[[source]]\nname = "out"\naddress = ["127.0.0.9", "::1"]\npool = "bulk"\n',
  );
  const tried: string[] = [];
  const facts = await lookAtSmartHosts({
    routes,
    sources,
    resolver: zoneResolver({ 'smtp.test': { a: ['127.0.0.1'], aaaa: ['::1'] } }),
    random: seededRandom(),
    trySmartHost: (host, address, source) => {
      tried.push(`${host.login?.username ?? ''} at ${address} from ${source?.name ?? 'here'}`);
      return Promise.resolve(
        address === '::1'
          ? { kind: 'failed', stage: 'connect', reason: 'no way' }
          : { kind: 'ready', tls: undefined },
      );
    },
  });
  expect(tried).toEqual(['u at ::1 from out', 'u at 127.0.0.1 from out']);
  expect(facts).toEqual({
    hosts: [
      { route: 'office', at: 'smtp.test:587', username: 'u', outcome: { kind: 'ready', tls: undefined } },
    ],
  });
});

test('a smart host without an address fails; where DNS does not answer it is not known', async () => {
  const look = async (host: string) =>
    await lookAtSmartHosts({
      ...egressOf(`[[route]]\nname = "x"\naction = "relay"\nhost = "${host}"\n`),
      resolver: { ...zoneResolver({}), a: failing(host), aaaa: failing(host) },
      random: seededRandom(),
      trySmartHost: () => Promise.reject(new Error('there is nothing to try')),
    });
  const failing = (host: string) => () =>
    Promise.resolve(
      host === 'broken.test'
        ? ({ kind: 'failed', reason: 'SERVFAIL' } as const)
        : ({ kind: 'not-found', nxdomain: false } as const),
    );
  expect((await look('none.test'))?.hosts[0]?.outcome).toMatchObject({ kind: 'failed', stage: 'connect' });
  expect((await look('broken.test'))?.hosts[0]?.outcome).toEqual({ kind: 'unknown', reason: 'SERVFAIL' });
});

test('nothing is looked at where there is none', async () => {
  const resolver = zoneResolver({});
  expect(await lookAtSources({ sources: [], privateNetwork: false, resolver })).toBeUndefined();
});
