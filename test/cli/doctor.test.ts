/** `relayctl doctor`: what it finds, how it says so, how it exits. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lookAtPorts } from '../../src/doctor/look-at-ports.ts';
import { zoneResolver, ZoneTable } from '../support/dns-zone.ts';
import { CliStage } from './support/cli-stage.ts';

interface Check {
  readonly name: string;
  readonly level: string;
  readonly remedy: string | null;
}
interface Report {
  readonly ok: boolean;
  readonly running: boolean;
  readonly checks: readonly Check[];
  readonly domains: readonly {
    readonly domain: string;
    readonly ok: boolean;
    readonly problems: readonly { readonly problem: string; readonly level: string }[];
  }[];
}

let stage: CliStage;
let mx: Server;
let zone: ZoneTable;
beforeEach(async () => {
  stage = new CliStage();
  mx = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('220 mx.big.test ESMTP\r\n');
  });
  mx.listen(0, '127.0.0.1');
  await once(mx, 'listening');
  zone = new ZoneTable({
    'big.test': { mx: [{ preference: 10, exchange: 'mx.big.test' }] },
    'mx.big.test': { a: ['127.0.0.1'] },
    'mail.example.net': { a: ['192.88.1.7'] },
    '192.88.1.7': { ptr: ['mail.example.net'] },
  });
  Object.assign(stage.env, {
    RELAY_HOSTNAME: 'mail.example.net',
    RELAY_DELIVERY__PORT: String((mx.address() as AddressInfo).port),
    RELAY_DELIVERY__ALLOW_PRIVATE_ADDRESSES: 'true',
    RELAY_CHECKS__EGRESS: '["big.test"]',
    RELAY_SUBMISSION__LISTEN: '127.0.0.1:0',
    RELAY_SUBMISSION__LISTEN_TLS: '',
    RELAY_HTTP__LISTEN: '',
  });
  stage.surroundings = {
    resolver: zoneResolver(zone),
    localAddress: (family) => Promise.resolve(family === 'udp4' ? '192.88.1.7' : undefined),
  };
});
afterEach(async () => {
  await stage.dispose();
  mx.close();
});

const levels = ({ checks }: Report) => Object.fromEntries(checks.map(({ name, level }) => [name, level]));

test('before the first start it looks at the surroundings, and exits with 3', async () => {
  const { code, out } = await stage.run(['doctor', '--json']);
  expect(code).toBe(3);
  const report = JSON.parse(out) as Report;
  expect(report).toMatchObject({ running: false, domains: [] });
  expect(levels(report)).toEqual({
    relayd: 'wrong',
    ports: 'ok',
    file_rights: 'ok',
    dns: 'ok',
    resolver: 'ok',
    hostname: 'ok',
    reverse_dns: 'ok',
    egress: 'ok',
    blocklists: 'ok',
    clock: 'ok',
  });
});

test('with relayd up and all well exits with 0', async () => {
  stage.openStore();
  stage.relayRuns();
  const { code, out } = await stage.run(['doctor']);
  expect(out).toContain('✓ store: the store answers\n');
  expect(out).toContain('mx.big.test greeted this machine\n');
  expect(code).toBe(0);
});

test('what is wrong comes first, with what to do, and exits with 1', async () => {
  stage.openStore();
  stage.relayRuns();
  zone.delete('192.88.1.7');
  const { code, out } = await stage.run(['doctor']);
  expect(code).toBe(1);
  expect(out.split('\n')[0]).toMatch(/^✗ reverse_dns: 192\.88\.1\.7 has no PTR record/);
  expect(out).toMatch(/\n {2}do: set the PTR record of 192\.88\.1\.7 to mail\.example\.net/);
});

test.each([
  ['RELAY_SUBMISSION__LISTEN', 'submission', 'starttls'],
  ['RELAY_SUBMISSION__LISTEN_TLS', 'submission', 'implicit'],
  ['RELAY_SUBMISSION__LISTEN_CERTIFICATES', 'submission', 'implicit'],
  ['RELAY_INBOUND__LISTEN', 'inbound', 'starttls'],
  ['RELAY_HTTP__LISTEN', 'http', false],
  ['RELAY_HTTP__LISTEN_TLS', 'http', true],
  ['RELAY_HTTP__PUBLIC_LISTEN', 'public', false],
  ['RELAY_HTTP__PUBLIC_LISTEN_TLS', 'public', true],
])(
  'a port of %s that another program has is wrong, and one of the relayd that runs is not',
  async (key, service, tls) => {
    stage.openStore();
    stage.relayRuns();
    const { port } = mx.address() as AddressInfo;
    stage.lookAtPorts = (config, ours) => lookAtPorts(config, ours, () => Promise.resolve(new Map()));
    stage.env['RELAY_INBOUND__POSTMASTER'] = 'ops@big.test';
    stage.env[key] = `127.0.0.1:${port}`;
    const taken = await stage.run(['doctor']);
    expect(taken.code).toBe(1);
    expect(taken.out).toContain(`✗ ports: another program uses port ${port}\n`);
    stage.relay = { ...stage.relay!, [service]: [{ host: '127.0.0.1', port, tls }] };
    const own = await stage.run(['doctor']);
    expect([own.code, own.out]).toEqual([
      0,
      expect.stringContaining(`✓ ports: relayd listens on port ${port}`),
    ]);
  },
);

test('a warning leaves the exit code at 0', async () => {
  stage.openStore();
  stage.relayRuns();
  stage.surroundings = { ...stage.surroundings, validates: () => Promise.resolve(false) };
  const { code, out } = await stage.run(['doctor']);
  expect(code).toBe(0);
  expect(out).toMatch(/^! resolver: .* do not validate DNSSEC/m);
});

test('what relayd has found earlier gives way to what is seen now, and keeps since when', async () => {
  stage.openStore();
  stage.relayRuns();
  const sinceMs = stage.clock.now() - 3_600_000;
  stage.relaySays([
    { name: 'egress', ok: false, sinceMs, detail: 'old', remedy: 'old' },
    { name: 'hostname', ok: true, sinceMs, detail: 'old' },
    { name: 'delivery', ok: true, sinceMs, detail: 'delivery runs' },
  ]);
  const report = (await stage.json('doctor')) as Report;
  expect(report.checks).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'egress', level: 'ok', since: null }),
      expect.objectContaining({ name: 'hostname', level: 'ok', since: '2026-11-24T05:12:31.000Z' }),
      expect.objectContaining({ name: 'delivery', level: 'ok' }),
    ]),
  );
  expect(JSON.stringify(report)).not.toContain('"old"');
});

test('of every domain, or of the one that is named, the records and whether it takes replies', async () => {
  stage.openStore();
  stage.relayRuns();
  await stage.text('domain', 'add', 'one.example');
  await stage.text('domain', 'add', 'two.example');
  zone.set('one.example', { mx: [{ preference: 0, exchange: '' }], txt: ['v=spf1 ip4:192.88.1.0/24 -all'] });
  const { code, out } = await stage.run(['doctor', 'one.example', '--json']);
  expect(code).toBe(1);
  expect((JSON.parse(out) as Report).domains).toMatchObject([
    {
      domain: 'one.example',
      ok: false,
      problems: [
        { problem: 'dkim', level: 'wrong' },
        { problem: 'dmarc', level: 'warning' },
        { problem: 'replies', level: 'warning' },
      ],
    },
  ]);
  const all = await stage.run(['doctor']);
  expect(all.out).toMatch(/✗ domain one\.example \(not verified\): dkim: /);
  expect(all.out).toMatch(/✗ domain two\.example \(not verified\): spf: SPF of two\.example says none/);
});

test('sources are looked at instead of the address that the system would choose, and SPF has to allow them', async () => {
  stage.openStore();
  stage.relayRuns();
  await stage.text('domain', 'add', 'one.example');
  const spf = (of: string) => zone.set('one.example', { txt: [`v=spf1 ${of} -all`] });
  stage.env['RELAY_SOURCE'] = JSON.stringify([{ name: 'out', address: '192.88.2.9', hostname: 'out.test' }]);
  stage.surroundings = { ...stage.surroundings, isLocal: () => Promise.resolve(true) };
  zone.set('192.88.2.9', { ptr: ['out.test'] });
  zone.set('out.test', { a: ['192.88.2.9'] });
  spf('ip4:192.88.1.0/24');
  const { out } = await stage.run(['doctor', 'one.example']);
  expect(out).toContain('✓ sources: out: 192.88.2.9 is out.test, there and back');
  expect(out).toContain(
    '✓ reverse_dns: not looked at: all mail that goes direct leaves from [[source]] addresses',
  );
  expect(out.replace(/\s+/g, ' ')).toMatch(
    /domain one\.example [^✗✓!]*spf: SPF of one\.example says fail for 192\.88\.2\.9/,
  );
  spf('a:out.test');
  expect((await stage.run(['doctor', 'one.example'])).out).not.toContain('spf:');
});

test('with a smart host for all mail port 25 and PTR records are no matter', async () => {
  stage.openStore();
  stage.relayRuns();
  zone.delete('192.88.1.7');
  mx.close();
  stage.env['RELAY_ROUTE'] = JSON.stringify([{ name: 'office', action: 'relay', host: '192.0.2.1' }]);
  const { code, out } = await stage.run(['doctor']);
  expect(code).toBe(0);
  expect(out).toContain('✓ smart_hosts: office: 192.0.2.1:25 answers with TLSv1.3');
  for (const name of ['reverse_dns', 'egress'])
    expect(out).toContain(`✓ ${name}: not looked at: no mail goes direct`);
});

test('a domain that nobody has added is wrong usage of it', async () => {
  stage.openStore();
  stage.relayRuns();
  expect((await stage.run(['doctor', 'other.example'])).code).toBe(1);
  expect((await stage.run(['doctor', 'not a domain'])).code).toBe(2);
});

test('a source that a provider refuses is an event of the server, with the reply', async () => {
  stage.openStore();
  const refusal = {
    source: 'a',
    provider: 'google',
    class: 'reputation',
    reply: '550 5.7.1 go away',
  } as const;
  await stage.store.egress.limitSource({ ...refusal, atMs: stage.clock.now() });
  expect(await stage.jsonLines('events', '--server')).toEqual([
    {
      ...{ id: 'sev_00000000000001', event: 'source_limited', timestamp: '2026-11-24T06:12:31.000Z' },
      ...{ ...refusal, until: '2026-11-24T07:12:31.000Z', times: 1 },
    },
  ]);
  expect(await stage.text('events', '--server')).toMatch(
    / {2}source_limited +a is not used for google until 2026-11-24T07:12:31\.000Z: 550 5\.7\.1 go away\n/,
  );
});

test('events of the server stand apart, oldest first', async () => {
  stage.openStore();
  const { findings } = stage.store;
  const state = { name: 'egress', ok: false, sinceMs: 1, detail: 'closed', remedy: 'ask' };
  await findings.recordChecks([state], stage.clock.now());
  await findings.recordChecks([{ ...state, ok: true, detail: 'open', remedy: undefined }], stage.clock.now());
  expect(await stage.jsonLines('events', '--server')).toEqual([
    {
      id: 'sev_00000000000001',
      event: 'check_failed',
      timestamp: '2026-11-24T06:12:31.000Z',
      check: 'egress',
      detail: 'closed',
      remedy: 'ask',
    },
    {
      id: 'sev_00000000000002',
      event: 'check_recovered',
      timestamp: '2026-11-24T06:12:31.000Z',
      check: 'egress',
      detail: 'open',
    },
  ]);
  expect(await stage.jsonLines('events', '--server', '--limit', '1')).toMatchObject([
    { event: 'check_recovered' },
  ]);
  expect(await stage.jsonLines('events', '--server', '--after', 'sev_00000000000001')).toHaveLength(1);
  expect(await stage.text('events', '--server')).toMatch(/ {2}check_failed +egress: closed\n/);
  expect(await stage.text('events')).toBe('');
  expect((await stage.run(['events', '--server', '--tag', 'x'])).code).toBe(2);
});
