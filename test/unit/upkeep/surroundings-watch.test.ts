/** relayd looks around by itself: when, at what, and what it tells of it. */
import { expect, test } from 'vitest';
import { domainRecords } from '../../../src/dkim/domain-records.ts';
import { silentLog } from '../../../src/platform/log.ts';
import type { DomainChange, LookState } from '../../../src/store/findings.ts';
import type { Account, Domain } from '../../../src/store/directory-records.ts';
import { startSurroundingsWatch } from '../../../src/upkeep/surroundings-watch.ts';
import { zoneResolver, ZoneTable } from '../../support/dns-zone.ts';
import { eventually } from '../../support/eventually.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const HOUR = 3_600_000;
const LIST = {
  name: 'One',
  zone: 'bl.one.test',
  removal: 'https://one.test/',
  ipv6: false,
  codes: new Map(),
};
const ACCOUNT: Account = { id: 'acc_1', name: 'blue', createdAtMs: 0 };
const domain = (name: string): Domain => ({
  id: `dom_${name}`,
  accountId: ACCOUNT.id,
  name,
  verifiedAtMs: 1,
  recordStatus: {},
  createdAtMs: 0,
});

function bench() {
  const clock = new VirtualClock();
  const zone = new ZoneTable({
    'mail.site.test': { a: ['192.88.1.7'] },
    '192.88.1.7': { ptr: ['mail.site.test'] },
    '2.0.0.127.bl.one.test': { a: ['127.0.0.2'] },
  });
  const config = {
    hostname: 'mail.site.test',
    dns: { servers: [] },
    delivery: {
      port: 25,
      allowPrivateAddresses: false,
      mode: 'live' as const,
      retryScheduleMs: [],
      maxAgeMs: 0,
    },
    checks: { egress: [], blocklistsFile: undefined },
    egress: { routes: [], sources: [] },
    inbound: {
      listen: [],
      postmaster: undefined,
      feedbackNetworks: [],
      feedbackSourcesFile: undefined,
    },
  };
  const states = new Map<string, LookState>();
  const changes: DomainChange[] = [];
  const domains: Domain[] = [];
  const publish = (name: string) => {
    for (const { type, name: at, value } of domainRecords({
      domain: name,
      keys: [],
      hostname: config.hostname,
      takesReports: false,
    }))
      if (type === 'TXT')
        zone.set(at, {
          txt: [value],
          ...(at === name && { mx: [{ preference: 0, exchange: 'mx.site.test' }] }),
        });
  };
  const start = () =>
    startSurroundingsWatch({
      surroundings: {
        config,
        resolver: zoneResolver(zone),
        blocklists: () => [LIST],
        fileRights: () => [],
        trySmartHost: () => Promise.reject(new Error('there is none')),
        clock,
        random: seededRandom(),
        localAddress: (family) => Promise.resolve(family === 'udp4' ? '192.88.1.7' : undefined),
        validates: () => Promise.resolve(true),
        synchronized: () => Promise.resolve(true),
      },
      reader: {
        lookStates: async () => [...states.values()],
        listAccounts: async () => [ACCOUNT],
        listDomains: async () => domains,
        dkimKeys: async () => [],
        domainHolder: async () => undefined,
      },
      writer: {
        async recordLooks(looks, told, gone) {
          for (const look of looks) states.set(look.subject, look);
          for (const subject of gone) states.delete(subject);
          changes.push(...told);
        },
      },
      // What was found is for a store (domain-verification.test.ts).
      directory: { recordDomainCheck: async () => domains[0]! },
      random: seededRandom(),
      clock,
      log: silentLog,
    });
  const asked = (name: string) => zone.questions.filter((question) => question === name).length;
  const problems = () => changes.map(({ data }) => data['problems']);
  return { clock, zone, states, changes, domains, publish, start, asked, problems };
}

test('it looks a minute after the start, then every hour, at blocklists every six hours', async () => {
  const { clock, start, asked } = bench();
  const watch = start();
  expect(watch.facts()).toEqual({});
  watch.begin();
  await clock.advance(59_000);
  expect(watch.facts()).toEqual({});
  await clock.advance(2_000);
  await eventually(() => watch.facts().domain_records !== undefined);
  expect(watch.facts()).toMatchObject({
    synchronized: true,
    egress: { skipped: expect.anything() as unknown },
  });
  const listed = () => asked('A 7.1.88.192.bl.one.test');
  const around = () => asked('A mail.site.test');
  expect(listed()).toBe(1);
  const first = around();
  await clock.advance(HOUR - 120_000);
  expect(around()).toBe(first);
  await clock.advance(10 * 60_000);
  expect(around()).toBeGreaterThan(first);
  await clock.advance(4 * HOUR);
  expect(listed()).toBe(1);
  await clock.advance(2 * HOUR);
  expect(listed()).toBe(2);
  watch.stop();
  expect(clock.pendingTimers).toBe(0);
});

test('a restart asks no blocklist again', async () => {
  const { clock, start, asked } = bench();
  const first = start();
  first.begin();
  await clock.advance(61_000);
  await eventually(() => first.facts().domain_records !== undefined);
  first.stop();
  const second = start();
  second.begin();
  await clock.advance(61_000);
  await eventually(() => second.facts().domain_records !== undefined);
  second.stop();
  expect(asked('A 7.1.88.192.bl.one.test')).toBe(1);
  expect(second.facts().reverse_dns).toBeDefined();
});

test('when asked it looks at everything at once', async () => {
  const { clock, zone, start, asked } = bench();
  const watch = start();
  watch.begin();
  await clock.advance(61_000);
  await eventually(() => watch.facts().domain_records !== undefined);
  zone.delete('192.88.1.7');
  watch.lookAgain([]);
  await clock.advance(0);
  await eventually(() => asked('A 7.1.88.192.bl.one.test') === 2);
  expect(watch.facts().reverse_dns?.addresses).toMatchObject([{ outcome: { kind: 'none' } }]);
  watch.stop();
});

test('a domain is an event of its account when it is found otherwise than before, over a restart', async () => {
  const { clock, zone, domains, publish, start, changes, problems } = bench();
  domains.push(domain('well.test'), domain('poor.test'));
  publish('well.test');
  const turn = async (watch: ReturnType<typeof start>, ms: number) => {
    await clock.advance(ms);
    await eventually(() => watch.facts().domain_records !== undefined);
  };
  const first = start();
  first.begin();
  await turn(first, 61_000);
  expect(changes).toMatchObject([
    { accountId: ACCOUNT.id, data: { domain: 'poor.test', problems: ['spf', 'dmarc', 'replies'] } },
  ]);
  expect(first.facts().domain_records).toEqual({
    looked: 2,
    wrong: ['poor.test (spf)'],
    warned: ['poor.test (dmarc, replies)'],
  });
  first.stop();

  const second = start();
  second.begin();
  await turn(second, 61_000);
  expect(changes).toHaveLength(1);
  publish('poor.test');
  await turn(second, HOUR + 300_000);
  expect(problems()).toEqual([['spf', 'dmarc', 'replies'], []]);
  // What is well is looked at once a day.
  zone.set('well.test', { txt: ['v=spf1 -all'], mx: [{ preference: 0, exchange: 'mx.site.test' }] });
  await turn(second, 12 * HOUR);
  expect(changes).toHaveLength(2);
  await turn(second, 12 * HOUR);
  await eventually(() => changes.length === 3);
  expect(problems().at(-1)).toEqual(['spf']);
  second.stop();
});

test('DNS that does not answer changes nothing, and what was removed is forgotten', async () => {
  const { clock, zone, domains, publish, start, changes, states } = bench();
  domains.push(domain('well.test'));
  publish('well.test');
  const watch = start();
  watch.begin();
  await clock.advance(61_000);
  await eventually(() => watch.facts().domain_records?.looked === 1);
  for (const name of ['well.test', '_dmarc.well.test']) zone.set(name, { fault: 'servfail' });
  await clock.advance(25 * HOUR);
  expect(changes).toEqual([]);
  expect(states.get('dom_well.test')).toMatchObject({ found: '' });
  domains.length = 0;
  await clock.advance(300_000);
  await eventually(() => !states.has('dom_well.test'));
  watch.stop();
});
