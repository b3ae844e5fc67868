/** Automatic limits over a real store: what a reply sets off, what other nodes see of it, and how it ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LimitedPlace } from '../../../../src/delivery/shaping/automatic-limits.ts';
import {
  LimitsInForce,
  MOST_HOSTS,
  MOST_OF_SITE,
  subjectsOf,
} from '../../../../src/delivery/shaping/limits-in-force.ts';
import { OwnedPromises } from '../../../../src/platform/lifecycle.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import type { LimitingReply } from '../../../../src/policy/shaping/next-limit.ts';
import type { ReplyRule } from '../../../../src/policy/shaping/shaping-rules.ts';
import type { AttemptRecord } from '../../../../src/store/delivery-records.ts';
import type { OpenedStore } from '../../../conformance/store/engine.ts';
import { openSqlite } from '../../../conformance/store/sqlite-engine.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const MIN = 60_000;
const RULE: ReplyRule = {
  ...{ id: 'busy', match: { mx: [], providers: [] }, class: [], status: [], code: [], stage: [] },
  ...{ text: ['slow down'], pattern: [], action: 'slow', forMs: 10 * MIN, scope: 'site' },
};
const WIDE: ReplyRule = { ...RULE, id: 'wide', text: ['stop it'], action: 'suspend', scope: 'provider' };
const at = (mx: string, provider?: string): LimitedPlace => ({
  ...{ hosts: [{ mx, provider }], provider, source: undefined },
});
const PLACE = at('mx1.r.test');
const OF_GOOGLE = at('aspmx.l.google.com', 'google');

describe('automatic limits', () => {
  let dataDir: string;
  let store: OpenedStore;
  let clock: VirtualClock;
  let background: OwnedPromises;
  let bugs: unknown[];
  let broken: boolean;

  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'postern-limits-'));
    store = openSqlite(dataDir);
    clock = new VirtualClock();
    bugs = [];
    background = new OwnedPromises((error) => bugs.push(error));
    broken = false;
  });
  afterEach(async () => {
    await background.idle();
    expect(bugs).toEqual([]);
    await store.close();
    rmSync(dataDir, { recursive: true });
  });

  const node = (nodes = 1) =>
    new LimitsInForce({
      ...{ reader: store.shaping, clock, background, log: silentLog },
      writer: {
        ...store.shaping,
        limitDestination: (said: LimitingReply) =>
          broken ? Promise.reject(new Error('locked')) : store.shaping.limitDestination(said),
      },
      replies: () => [RULE, WIDE],
      nodes: () => nodes,
    });

  const say = (
    of: LimitsInForce,
    text: string,
    { place = PLACE, ...changes }: Partial<AttemptRecord> & { place?: LimitedPlace } = {},
  ): void => {
    of.refused(place, {
      record: {
        ...{ atMs: clock.now(), durationMs: 1, host: 'mx', address: '192.0.2.9', tls: undefined },
        ...{ replyCode: 421, status: '4.7.0', text, stage: 'mail' },
        ...changes,
      },
      class: 'rate-limited',
      destination: 'r.test',
      inUse: (scope) =>
        scope === 'site' ? { connections: 4, perMinute: 60 } : { connections: 20, perMinute: 600 },
    });
  };
  const refuse = async (...what: Parameters<typeof say>) => {
    say(...what);
    await background.idle();
  };
  const changes = async () =>
    (await store.findings.serverEvents({ after: 0, limit: 100 })).map(({ data }) => data['change']);

  test('a reply that a rule is about halves what the site had in use, in the store too', async () => {
    const one = node();
    expect(one.of(PLACE, clock.now())).toBeUndefined();
    await refuse(one, 'please slow down');
    const limit = one.of(PLACE, clock.now());
    expect(limit).toMatchObject({
      subject: 'mx1.r.test',
      action: 'slow',
      connections: 2,
      perMinute: 30,
      rule: 'busy',
    });
    expect(await store.shaping.destinationLimits()).toEqual([limit]);
    expect(one.of(at('mx2.r.test'), clock.now())).toBeUndefined();
    expect(one.of({ ...PLACE, source: 'out-1' }, clock.now())).toBeUndefined();
  });

  test.each<[string, Partial<AttemptRecord>]>([
    ['that no rule is about', { text: 'the mailbox is full' }],
    ['of this relay itself', { localClass: 'local-source' }],
    ['without a reply', { replyCode: undefined }],
    ['for good', { replyCode: 550, status: '5.7.1' }],
  ])('a refusal %s limits nothing', async (_about, record) => {
    const one = node();
    await refuse(one, 'please slow down', record);
    expect(one.any).toBe(false);
  });

  test('a rule with the scope of a provider is about all its sites, and one without about that site', async () => {
    const one = node();
    const other = at('gmail-smtp-in.l.google.com', 'google');
    await refuse(one, 'slow down', { place: OF_GOOGLE });
    expect(one.of(other, clock.now())).toBeUndefined();
    await refuse(one, 'stop it', { place: OF_GOOGLE });
    expect(one.of(other, clock.now())).toMatchObject({ subject: 'google', action: 'suspend', perMinute: 75 });
    // Where both are in force the stricter one is told.
    expect(one.of(OF_GOOGLE, clock.now())).toMatchObject({ subject: 'google', action: 'suspend' });
  });

  test('with other nodes the figures are those of all', async () => {
    const one = node(3);
    await refuse(one, 'slow down');
    expect(one.of(PLACE, clock.now())).toMatchObject({ connections: 6, perMinute: 90 });
  });

  test('another node, and the next process, learn of it', async () => {
    const [one, other] = [node(), node()];
    await refuse(one, 'slow down');
    expect(other.of(PLACE, clock.now())).toBeUndefined();
    await other.refresh();
    expect(other.of(PLACE, clock.now())).toEqual(one.of(PLACE, clock.now()));
  });

  test('rises step by step until there is none, and each step is told of once', async () => {
    const nodes = [node(), node()];
    await refuse(nodes[0]!, 'stop it', { place: OF_GOOGLE });
    const seen: unknown[] = [];
    for (let at = 0; at <= 4; at++) {
      for (const one of nodes) await one.refresh();
      const limit = nodes[1]!.of(OF_GOOGLE, clock.now());
      seen.push(limit && [limit.action, limit.step, limit.connections]);
      await clock.advance(10 * MIN);
    }
    expect(seen).toEqual([['suspend', 3, 1], ['slow', 3, 1], ['slow', 2, 2], ['slow', 1, 4], undefined]);
    expect(await changes()).toEqual(['suspended', 'raised', 'raised', 'raised', 'lifted']);
    expect(nodes.map((one) => one.any)).toEqual([false, false]);
  });

  test('steps are taken on time, before anybody has written them', async () => {
    const one = node();
    await refuse(one, 'stop it');
    await clock.advance(10 * MIN);
    expect(one.of(PLACE, clock.now())).toMatchObject({ action: 'slow', step: 3 });
    await clock.advance(30 * MIN);
    expect(one.of(PLACE, clock.now())).toBeUndefined();
  });

  test('what an operator lifts is over on every node, and what waits is called', async () => {
    const [one, other] = [node(), node()];
    await refuse(one, 'slow down');
    await other.refresh();
    let told = 0;
    for (const each of [one, other])
      each.onChange((eased) => {
        if (eased.place(PLACE) && !eased.place(OF_GOOGLE)) told++;
      });
    await store.shaping.liftLimits(subjectsOf(['mx1.r.test'], undefined), clock.now(), 'cli');
    for (const each of [one, other]) await each.refresh();
    expect([one.any, other.any, told]).toEqual([false, false, 2]);
  });

  test('holds here while it cannot be written, and is written when that is possible', async () => {
    const one = node();
    broken = true;
    await refuse(one, 'slow down');
    await one.refresh();
    expect(one.of(PLACE, clock.now())).toMatchObject({ step: 1 });
    expect(await store.shaping.destinationLimits()).toEqual([]);
    broken = false;
    await one.refresh();
    expect(await store.shaping.destinationLimits()).toEqual([one.of(PLACE, clock.now())]);
    expect(await changes()).toEqual(['slowed']);
  });

  test('hosts of nobody known fill no more than their part of the table, and providers have room beside them', async () => {
    const one = node();
    for (let i = 0; i < MOST_HOSTS + 20; i++) say(one, 'slow down', { place: at(`mx${i}.many.test`) });
    await background.idle();
    expect((await store.shaping.destinationLimits()).length).toBe(MOST_HOSTS);
    await refuse(one, 'stop it', { place: OF_GOOGLE });
    expect(one.of(OF_GOOGLE, clock.now())).toMatchObject({ subject: 'google' });
  });

  test('a site of many hosts fills no more than its part of the table, and each host counts for itself', async () => {
    const one = node();
    const hosts = Array.from({ length: 30 }, (_host, i) => ({ mx: `mx${i}.many.test`, provider: undefined }));
    for (const { mx } of hosts) say(one, 'slow down', { place: { ...PLACE, hosts }, host: mx });
    await background.idle();
    const subjects = (await store.shaping.destinationLimits()).map(({ subject }) => subject);
    expect(subjects).toEqual(hosts.slice(0, MOST_OF_SITE).map(({ mx }) => mx));
    expect(one.of(at('mx0.many.test'), clock.now())).toBeDefined();
    expect(one.of(at('mx9.many.test'), clock.now())).toBeUndefined();
    expect(one.of({ ...PLACE, hosts: hosts.slice(1, 20) }, clock.now())).toBeDefined();
  });

  test('a host that is called as a provider is does not limit the provider', async () => {
    const one = node();
    await refuse(one, 'slow down', { place: at('google') });
    expect(one.any).toBe(true);
    expect(one.of(OF_GOOGLE, clock.now())).toBeUndefined();
  });
});
