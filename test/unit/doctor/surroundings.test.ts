/** What is gathered of the surroundings: from a zone and real listeners of this machine. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { lookAround, lookAtLists, type SurroundingsOptions } from '../../../src/doctor/surroundings.ts';
import { greet } from '../../../src/doctor/greet.ts';
import { sendingAddresses } from '../../../src/doctor/sending-addresses.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { lookAtChecks } from '../../../src/policy/checks/registry.ts';
import { zoneResolver, ZoneTable, type Zone } from '../../support/dns-zone.ts';
import { startFakeDns } from '../../support/fake-dns.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const LISTS = [
  {
    name: 'One',
    zone: 'bl.one.test',
    removal: 'https://one.test/',
    ipv6: false,
    codes: new Map([['127.0.0.2', 'spam']]),
  },
];
const WELL: Zone = {
  'big.test': { mx: [{ preference: 10, exchange: 'mx.big.test' }] },
  'mx.big.test': { a: ['127.0.0.1'] },
  'relay.site.test': { a: ['192.88.1.7'] },
  '192.88.1.7': { ptr: ['relay.site.test'] },
  '2.0.0.127.bl.one.test': { a: ['127.0.0.2'] },
};

interface Host extends AsyncDisposable {
  readonly port: number;
  /** All that clients sent. */
  readonly heard: string[];
}

async function startHost(greeting: string | undefined): Promise<Host> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', (octets) => heard.push(octets.toString('latin1')));
    socket.on('error', () => undefined);
    if (greeting !== undefined) socket.write(greeting);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** `dnsPort`: of a resolver that is asked about DNSSEC. */
function options(zone: Zone | ZoneTable, port: number, dnsPort = 9): SurroundingsOptions {
  return {
    config: {
      hostname: 'Relay.site.test',
      dns: { servers: [{ host: '127.0.0.1', port: dnsPort }] },
      delivery: { port, allowPrivateAddresses: true, mode: 'live', retryScheduleMs: [], maxAgeMs: 0 },
      checks: { egress: ['big.test'], blocklistsFile: undefined },
      egress: { routes: [], sources: [] },
    },
    resolver: zoneResolver(zone),
    blocklists: () => LISTS,
    fileRights: () => [],
    trySmartHost: () => Promise.reject(new Error('there is none')),
    clock: systemClock,
    random: seededRandom(),
    localAddress: (family) => Promise.resolve(family === 'udp4' ? '192.88.1.7' : undefined),
    synchronized: () => Promise.resolve(true),
  };
}

test('a well-kept relay has nothing to do', async () => {
  await using host = await startHost('220 mx.big.test ESMTP\r\n');
  await using dns = await startFakeDns({});
  dns.authenticated = true;
  const asked = options(WELL, host.port, dns.port);
  const { synchronized, ...facts } = await lookAround(asked);
  const lists = await lookAtLists(asked);
  expect(synchronized).toBe(true);
  const results = lookAtChecks({ ...facts, ...lists }, 0);
  expect(results.map(({ name }) => name)).toEqual([
    'file_rights',
    'resolver',
    'hostname',
    'reverse_dns',
    'egress',
    'blocklists',
  ]);
  for (const { name, ok, remedy, unknown } of results)
    expect({ name, ok, remedy, unknown }).toEqual({ name, ok: true, remedy: undefined, unknown: undefined });
});

test('a mail host is greeted and left, and hears nothing but QUIT', async () => {
  await using host = await startHost('220-mx.big.test\r\n220 ESMTP\r\n');
  const { egress } = await lookAround(options(WELL, host.port));
  expect(egress?.tries).toEqual([
    { host: 'mx.big.test', outcome: { kind: 'greeted', code: 220, text: '220-mx.big.test' } },
  ]);
  await expect.poll(() => host.heard.join('')).toBe('QUIT\r\n');
});

test('a refusing greeting, another protocol, a closed port are told apart', async () => {
  await using refusing = await startHost('554 5.7.1 you are listed\r\n');
  await using other = await startHost('HTTP/1.1 400 Bad Request\r\n');
  await using endless = await startHost('x'.repeat(4096));
  expect(await greet('127.0.0.1', refusing.port, systemClock)).toMatchObject({ kind: 'greeted', code: 554 });
  expect(await greet('127.0.0.1', other.port, systemClock)).toMatchObject({
    kind: 'silent',
    reason: expect.stringMatching(/does not speak SMTP/) as string,
  });
  expect((await greet('127.0.0.1', endless.port, systemClock)).kind).toBe('silent');
  const { port } = other;
  await other[Symbol.asyncDispose]();
  expect(await greet('127.0.0.1', port, systemClock)).toEqual({
    kind: 'silent',
    reason: 'the connection was refused',
  });
});

test('a mail host on an inner address is not connected to', async () => {
  await using host = await startHost('220 mx\r\n');
  const asked = options(WELL, host.port);
  const config = { ...asked.config, delivery: { ...asked.config.delivery, allowPrivateAddresses: false } };
  const { egress } = await lookAround({ ...asked, config });
  expect(egress?.tries).toEqual([
    { host: 'mx.big.test', outcome: { kind: 'unknown', reason: 'its address is not a public one' } },
  ]);
  expect(host.heard).toEqual([]);
});

test('without a domain nothing is connected to', async () => {
  const asked = options(WELL, 1);
  const config = { ...asked.config, checks: { ...asked.config.checks, egress: [] } };
  expect((await lookAround({ ...asked, config })).egress).toMatchObject({
    skipped: expect.any(String) as string,
  });
});

test('a PTR record is followed back, in any number of names', async () => {
  const zone = { ...WELL, '192.88.1.7': { ptr: ['a.other.test', 'relay.site.test'] } };
  const { reverse_dns } = await lookAround(options(zone, 9));
  expect(reverse_dns?.addresses).toEqual([
    {
      address: '192.88.1.7',
      outcome: {
        kind: 'names',
        names: [
          { name: 'a.other.test', leadsBack: false },
          { name: 'relay.site.test', leadsBack: true },
        ],
      },
    },
  ]);
});

test('behind address translation the addresses of the host name are looked at', async () => {
  const asked = options(WELL, 9);
  const inner: SurroundingsOptions = {
    ...asked,
    config: { ...asked.config, delivery: { ...asked.config.delivery, allowPrivateAddresses: false } },
    localAddress: (family) => Promise.resolve(family === 'udp4' ? '10.0.0.7' : undefined),
  };
  const { hostname, reverse_dns } = await lookAround(inner);
  expect(hostname?.sending).toEqual({ public: [], private: ['10.0.0.7'] });
  expect(reverse_dns?.addresses.map(({ address }) => address)).toEqual(['192.88.1.7']);
  expect((await lookAtLists(inner)).blocklists?.answers).toMatchObject([{ address: '192.88.1.7' }]);
});

test.each([
  ['a listing', '7.1.88.192.bl.one.test', ['127.0.0.2'], { kind: 'listed', meaning: 'spam' }],
  ['a refused query', '2.0.0.127.bl.one.test', ['127.255.255.254'], { kind: 'failed' }],
  ['a refused query about the address', '7.1.88.192.bl.one.test', ['127.255.255.255'], { kind: 'failed' }],
  ['a dead list', '1.0.0.127.bl.one.test', ['127.0.0.2'], { kind: 'failed' }],
])('%s is what it is', async (_, name, a, outcome) => {
  const { blocklists } = await lookAtLists(options({ ...WELL, [name]: { a } }, 9));
  expect(blocklists?.answers).toMatchObject([{ list: 'One', address: '192.88.1.7', outcome }]);
});

test('a list that does not have its test entry is not asked about an address', async () => {
  const { ['2.0.0.127.bl.one.test']: _, ...rest } = WELL;
  const table = new ZoneTable(rest);
  const { blocklists } = await lookAtLists(options(table, 9));
  expect(blocklists?.answers[0]?.outcome.kind).toBe('failed');
  expect(table.questions).not.toContain('A 7.1.88.192.bl.one.test');
});

test('a resolver that blocklists refuse, or that does not validate, is told', async () => {
  await using dns = await startFakeDns({});
  const zone = { ...WELL, '2.0.0.127.bl.one.test': { a: ['127.255.255.254'] } };
  const { resolver } = await lookAround(options(zone, 9, dns.port));
  expect(resolver).toMatchObject({ validates: false, refusedBy: { name: 'One' } });
  dns.authenticated = true;
  expect((await lookAround(options(WELL, 9, dns.port))).resolver).toMatchObject({
    validates: true,
    refusedBy: undefined,
  });
});

test('the system chooses the sending addresses, and nothing is sent for it', async () => {
  const { public: open, private: inner } = await sendingAddresses();
  expect(open.length + inner.length).toBeLessThanOrEqual(2);
});
