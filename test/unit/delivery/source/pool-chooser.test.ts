/** Sources over a real store: which one mail leaves from, and what several nodes know of each other. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LeavingMail, SourceChoice } from '../../../../src/delivery/route/egress.ts';
import { PoolChooser } from '../../../../src/delivery/source/pool-chooser.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import { DAY_MS, dayOf } from '../../../../src/policy/egress/warm-up.ts';
import type { Source } from '../../../../src/policy/egress/source.ts';
import type { SourceLeaseRequest } from '../../../../src/store/egress.ts';
import type { OpenedStore } from '../../../conformance/store/engine.ts';
import { openSqlite } from '../../../conformance/store/sqlite-engine.ts';
import { eventually } from '../../../support/eventually.ts';
import { VIRTUAL_START_MS, VirtualClock } from '../../../support/virtual-clock.ts';

const TODAY = dayOf(VIRTUAL_START_MS);
const PLANS = [{ name: 'default', published: ['x'], ceilings: [10, 20, 40], providers: {} }];

function source(name: string, facts: Partial<Source> = {}): Source {
  const address = { addresses: ['192.0.2.1'], hostname: `${name}.relay.test`, pool: 'default', weight: 1 };
  return { name, ...address, clientCertificate: undefined, hop: undefined, warmUp: undefined, ...facts };
}

const OLD = source('old');
const NEW = source('new', { warmUp: { plan: 'default', startsAtMs: VIRTUAL_START_MS } });
const MAIL: LeavingMail = {
  ...{
    pool: 'default',
    provider: 'google',
    messageId: 'msg_1',
    keepSource: false,
    recipients: 1,
    except: [],
  },
};

describe('the choice of a source', () => {
  let dataDir: string;
  let store: OpenedStore;
  let clock: VirtualClock;
  let nodes: PoolChooser[];
  let bugs: unknown[];
  let locked: boolean;

  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'postern-sources-'));
    store = openSqlite(dataDir);
    clock = new VirtualClock();
    nodes = [];
    bugs = [];
    locked = false;
  });
  afterEach(async () => {
    for (const node of nodes) await node.stop();
    expect(bugs).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
    await store.close();
    rmSync(dataDir, { recursive: true });
  });

  const start = async (...sources: readonly Source[]) => {
    const writer = {
      ...store.egress,
      leaseSource: (request: SourceLeaseRequest) =>
        locked ? Promise.reject(new Error('locked')) : store.egress.leaseSource(request),
    };
    const node = new PoolChooser({
      ...{ config: { sources }, plans: () => PLANS, reader: store.egress, writer },
      ...{ clock, log: silentLog, onBug: (error) => bugs.push(error) },
    });
    nodes.push(node);
    await node.start();
    return node;
  };
  const choose = async (node: PoolChooser, mail: Partial<LeavingMail> = {}): Promise<SourceChoice> => {
    for (;;) {
      const choice = node.choose({ ...MAIL, ...mail });
      if (choice.kind !== 'ask-again') return choice;
      await choice.when;
    }
  };
  const nameOf = (choice: SourceChoice) => (choice.kind === 'leaves' ? choice.source?.name : choice.kind);
  const refuse = (
    node: PoolChooser,
    of: Source,
    facts: { messageId?: string; stage?: 'rcpt' | 'greeting' } = {},
  ) =>
    node.refused({
      ...{ source: of, provider: 'google', class: 'reputation', messageId: facts.messageId },
      record: {
        ...{ atMs: clock.now(), durationMs: 1, host: 'mx', address: '192.0.2.9', tls: undefined },
        ...{ replyCode: 554, status: '5.7.1', text: 'go away', stage: facts.stage ?? 'greeting' },
      },
    });

  test('is none without sources, and where the pool has none', async () => {
    expect(await choose(await start())).toEqual({ kind: 'leaves', source: undefined });
    expect(await choose(await start(source('a', { pool: 'bulk' })))).toEqual({
      kind: 'leaves',
      source: undefined,
    });
  });

  test('is of the pool, by weight, and not one in `except`', async () => {
    const node = await start(OLD, source('heavy', { weight: 3 }), source('other', { pool: 'bulk' }));
    const names = await Promise.all(
      Array.from({ length: 400 }, async (_, at) => nameOf(await choose(node, { messageId: `msg_${at}` }))),
    );
    const heavy = names.filter((name) => name === 'heavy').length;
    expect(heavy).toBeGreaterThan(250);
    expect(heavy).toBeLessThan(350);
    expect(names).not.toContain('other');
    expect(nameOf(await choose(node, { except: ['heavy'] }))).toBe('old');
    expect(await choose(node, { except: ['heavy', 'old'] })).toMatchObject({ kind: 'wait', limited: true });
  });

  test('stays for all attempts of a message where that is asked for, and else is drawn anew', async () => {
    const node = await start(OLD, source('second'), source('third'));
    const namesOf = async (keepSource: boolean) => {
      const names = new Set<unknown>();
      for (let tries = 0; tries < 40; tries++) names.add(nameOf(await choose(node, { keepSource })));
      return names;
    };
    expect((await namesOf(true)).size).toBe(1);
    expect((await namesOf(false)).size).toBe(3);
  });

  test('passes over a source that the provider refused in its greeting, at that provider only, on all nodes', async () => {
    const [one, other] = [await start(OLD, source('second')), await start(OLD, source('second'))];
    refuse(one, OLD);
    const names = async (node: PoolChooser, provider: string) => {
      const found = new Set<unknown>();
      for (let at = 0; at < 30; at++)
        found.add(nameOf(await choose(node, { provider, messageId: `m${at}` })));
      return [...found].sort();
    };
    expect(await names(one, 'google')).toEqual(['second']);
    expect(await names(one, 'yahoo')).toEqual(['old', 'second']);
    await eventually(async () => (await store.egress.sourceLimits()).length === 1);
    await clock.advance(15_000);
    await eventually(async () => (await names(other, 'google')).length === 1);
    expect(await names(other, 'google')).toEqual(['second']);
    const [event] = await store.findings.serverEvents({ after: 0, limit: 9 });
    expect(event).toMatchObject({
      type: 'source_limited',
      data: { source: 'old', provider: 'google', reply: '554 5.7.1 go away', class: 'reputation' },
    });
  });

  test('waits where all are refused, until the first may be tried again, and says why', async () => {
    const node = await start(OLD);
    refuse(node, OLD);
    expect(await choose(node)).toEqual({
      ...{ kind: 'wait', limited: true, untilMs: clock.now() + 3_600_000 },
      text: 'no source of the pool default may send to google now (old: refused with 554 5.7.1 go away)',
    });
    await clock.advance(3_600_000);
    expect(nameOf(await choose(node))).toBe('old');
  });

  test('takes a source out at the third message that is refused in a row', async () => {
    const node = await start(OLD);
    for (const messageId of ['a', 'b', 'b']) refuse(node, OLD, { messageId, stage: 'rcpt' });
    node.taken(OLD, 'google');
    for (const messageId of ['c', 'd']) refuse(node, OLD, { messageId, stage: 'rcpt' });
    expect(nameOf(await choose(node))).toBe('old');
    refuse(node, OLD, { messageId: 'e', stage: 'rcpt' });
    expect(nameOf(await choose(node))).toBe('wait');
  });

  test('limits sources at so many hosts of nobody known, and at every provider', async () => {
    const node = await start(OLD);
    const refuseAt = (provider: string) =>
      node.refused({
        ...{ source: OLD, provider, class: 'reputation', messageId: undefined },
        record: {
          ...{ atMs: clock.now(), durationMs: 1, host: 'mx', address: '192.0.2.9', tls: undefined },
          ...{ replyCode: 554, status: '5.7.1', text: 'go away', stage: 'greeting' },
        },
      });
    for (let at = 0; at < 250; at++) refuseAt(`mx${at}.example`);
    refuseAt('google');
    expect(nameOf(await choose(node, { provider: 'mx199.example' }))).toBe('wait');
    expect(nameOf(await choose(node, { provider: 'mx200.example' }))).toBe('old');
    expect(nameOf(await choose(node))).toBe('wait');
  });

  test('begins with an hour again once mail was taken after a limit', async () => {
    const node = await start(OLD);
    refuse(node, OLD);
    await eventually(async () => (await store.egress.sourceLimits()).length === 1);
    await clock.advance(3_600_000);
    node.taken(OLD, 'google');
    await eventually(async () => (await store.egress.sourceLimits()).length === 0);
  });

  test('gives what is over the ceiling of a new source to the others of the pool', async () => {
    const node = await start(NEW, OLD);
    const names: unknown[] = [];
    for (let at = 0; at < 60; at++) names.push(nameOf(await choose(node, { messageId: `msg_${at}` })));
    expect(names.filter((name) => name === 'new').length).toBe(10);
    expect(names.filter((name) => name === 'old').length).toBe(50);
    const elsewhere: unknown[] = [];
    for (let at = 0; at < 30; at++) elsewhere.push(nameOf(await choose(node, { provider: 'yahoo' })));
    expect(elsewhere.filter((name) => name === 'new').length).toBe(10);
  });

  test('waits for tomorrow where there is no other, and takes the next step of the plan then', async () => {
    const node = await start(NEW);
    const first = await choose(node, { recipients: 8 });
    expect(first).toEqual({ kind: 'leaves', source: NEW, tokens: { recipients: 8, day: TODAY } });
    // Of an entry with more recipients than are left, some leave.
    expect(await choose(node, { recipients: 8 })).toMatchObject({ tokens: { recipients: 2 } });
    expect(await choose(node)).toEqual({
      ...{ kind: 'wait', limited: false, untilMs: (TODAY + 1) * DAY_MS },
      text: 'no source of the pool default may send to google now (new: its warm-up ceiling of the day, 10, is reached)',
    });
    node.ended(NEW, 'google', { recipients: 10, handedOver: 10, day: TODAY });
    await clock.advance(15_000);
    await eventually(
      async () => (await store.egress.sourceDays({ source: 'new', sinceDay: 0 }))[0]?.handedOver === 10,
    );
    await clock.advance(DAY_MS);
    expect(await choose(node, { recipients: 20 })).toMatchObject({
      tokens: { recipients: 20, day: TODAY + 1 },
    });
    expect(await choose(node)).toMatchObject({ kind: 'wait' });
  });

  test('uses tokens again that were not spent, on their day alone', async () => {
    const node = await start(NEW);
    await choose(node, { recipients: 10 });
    node.ended(NEW, 'google', { recipients: 10, handedOver: 4, day: TODAY });
    expect(await choose(node, { recipients: 9 })).toMatchObject({ tokens: { recipients: 6 } });
    await clock.advance(DAY_MS);
    node.ended(NEW, 'google', { recipients: 6, handedOver: 0, day: TODAY });
    expect(await choose(node, { recipients: 20 })).toMatchObject({
      tokens: { recipients: 10, day: TODAY + 1 },
    });
  });

  test('shares the ceiling with other nodes, and gives back what lies idle', async () => {
    const [one, other] = [await start(NEW), await start(NEW)];
    await choose(one, { recipients: 7 });
    expect(await choose(other, { recipients: 9 })).toMatchObject({ tokens: { recipients: 3 } });
    one.ended(NEW, 'google', { recipients: 7, handedOver: 0, day: TODAY });
    await clock.advance(5 * 60_000);
    await eventually(
      async () => (await store.egress.sourceDays({ source: 'new', sinceDay: 0 }))[0]?.reserved === 3,
    );
    expect(await choose(other, { recipients: 9 })).toMatchObject({ tokens: { recipients: 7 } });
  });

  test('counts hosts of nobody known as one lot, and smart hosts not at all', async () => {
    const node = await start(NEW);
    expect(await choose(node, { provider: 'mx.one.example', recipients: 6 })).toMatchObject({
      tokens: { recipients: 6 },
    });
    expect(await choose(node, { provider: 'mx.two.example', recipients: 6 })).toMatchObject({
      tokens: { recipients: 4 },
    });
    expect(await choose(node, { provider: 'relay:office', recipients: 60 })).toEqual({
      kind: 'leaves',
      source: NEW,
    });
  });

  test('sends nothing from a new source before its first day, or while the store cannot be asked', async () => {
    const later = source('new', { warmUp: { plan: 'default', startsAtMs: VIRTUAL_START_MS + 3 * DAY_MS } });
    expect(await choose(await start(later))).toMatchObject({
      kind: 'wait',
      untilMs: VIRTUAL_START_MS + 3 * DAY_MS,
    });
    const node = await start(NEW);
    locked = true;
    expect(await choose(node)).toMatchObject({ kind: 'wait', untilMs: clock.now() + 10_000 });
    locked = false;
    await clock.advance(10_000);
    expect(nameOf(await choose(node))).toBe('new');
  });
});
