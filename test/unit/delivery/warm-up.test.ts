/** A source in warm-up under real deliveries: what leaves today, what waits, and what midnight does to what is on its way. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DeliveryOptions } from '../../../src/delivery/delivery-options.ts';
import type { DeliveryLimits } from '../../../src/delivery/limits.ts';
import { PoolChooser } from '../../../src/delivery/source/pool-chooser.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { FALLBACK_CAUSES, MATCHES_NOTHING } from '../../../src/policy/egress/route-rules.ts';
import { dayOf } from '../../../src/policy/egress/warm-up.ts';
import type { Source } from '../../../src/policy/egress/source.ts';
import type { OpenedStore } from '../../conformance/store/engine.ts';
import { openSqlite } from '../../conformance/store/sqlite-engine.ts';
import { eventually } from '../../support/eventually.ts';
import { VIRTUAL_START_MS } from '../../support/virtual-clock.ts';
import { replyTo } from './support/fake-remotes.ts';
import { RELAY_ADDRESS, routed, rule } from './support/routes.ts';
import { DAY_MS, World } from './support/world.ts';

const TODAY = dayOf(VIRTUAL_START_MS);
const NEW: Source = {
  ...{ name: 'new', addresses: ['192.0.2.250'], hostname: 'new.relay.test', pool: 'default', weight: 1 },
  ...{ clientCertificate: undefined, hop: undefined },
  warmUp: { plan: 'default', startsAtMs: VIRTUAL_START_MS },
};
const PLANS = [{ name: 'default', published: ['x'], ceilings: [3, 5, 9], providers: {} }];

let dataDir: string;
let store: OpenedStore;

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'postern-warm-up-'));
  store = openSqlite(dataDir);
});
afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true });
});

/** A world whose mail leaves from `sources`. */
class WarmWorld extends World {
  readonly chooser: PoolChooser;

  constructor(
    sources: readonly Source[],
    limits: Partial<DeliveryLimits> = {},
    settings: Partial<DeliveryOptions> = {},
  ) {
    const bugs: unknown[] = [];
    const late: { clock?: Clock } = {};
    const clock: Clock = {
      now: () => late.clock?.now() ?? VIRTUAL_START_MS,
      monotonic: () => late.clock?.monotonic() ?? 0,
      after: (delayMs, callback) => late.clock?.after(delayMs, callback) ?? { cancel: () => undefined },
    };
    const chooser = new PoolChooser({
      ...{ config: { sources }, plans: () => PLANS, reader: store.egress, writer: store.egress, clock },
      ...{ log: silentLog, onBug: (error) => bugs.push(error) },
    });
    super(limits, { ...settings, sources: chooser });
    late.clock = this.clock;
    this.chooser = chooser;
  }

  /** The store answers in its own time: until then the world stands still. */
  async until(condition: () => boolean, stepMs = 0): Promise<void> {
    await eventually(async () => {
      await this.clock.advance(stepMs);
      return condition();
    });
  }
}

const days = () => store.egress.sourceDays({ source: 'new', sinceDay: 0 });

test('of a message with more recipients than the ceiling some leave today and the others on the days after', async () => {
  await using world = new WarmWorld([NEW]);
  const to = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map((name) => `${name}@dest.test`);
  await world.submit({ to });
  await world.until(() => world.remotes.taken.length === 3);
  await world.until(() => to.slice(3).every((one) => world.spool.of(one).state === 'deferred'));
  expect(world.spool.of('d@dest.test').events[0]?.data).toMatchObject({ class: 'local-limit' });
  await world.chooser.stop();
  await world.clock.advance(DAY_MS);
  await world.until(() => world.remotes.taken.length === 8);
  await world.chooser.stop();
  await world.clock.advance(DAY_MS);
  await world.until(() => world.remotes.taken.length === 10);
  await world.chooser.stop();
  expect((await days()).map(({ day, ceiling, handedOver }) => [day - TODAY, ceiling, handedOver])).toEqual([
    [0, 3, 3],
    [1, 5, 5],
    [2, 9, 2],
  ]);
});

test('what is over the ceiling waits, and does not take the fallback of its route', async () => {
  const direct = rule('new', { action: 'direct', fallback: 'smart', fallbackOn: FALLBACK_CAUSES });
  const settings = routed(direct, rule('smart', { match: MATCHES_NOTHING, pool: 'none' }));
  await using world = new WarmWorld([NEW], {}, settings);
  for (let number = 0; number < 5; number++) await world.submit({ to: [`r${number}@dest.test`] });
  await world.until(() =>
    world.spool.deliveries.every(({ state }) => ['delivered', 'deferred'].includes(state)),
  );
  expect(world.remotes.connectsTo(RELAY_ADDRESS)).toBe(0);
  expect(world.remotes.taken.length).toBe(3);
  await world.chooser.stop();
});

test('what is over the ceiling leaves by another source of the pool at once', async () => {
  const old: Source = { ...NEW, name: 'old', addresses: ['192.0.2.251'], warmUp: undefined };
  await using world = new WarmWorld([{ ...NEW, weight: 1_000 }, old]);
  for (let number = 0; number < 8; number++) await world.submit({ to: [`r${number}@dest.test`] });
  await world.until(() => world.remotes.taken.length === 8);
  await world.chooser.stop();
  const leftFrom = world.remotes.requests.map(({ source }) => source?.localAddress);
  expect(new Set(leftFrom)).toEqual(new Set(['192.0.2.250', '192.0.2.251']));
  expect(await days()).toMatchObject([{ handedOver: 3, reserved: 3 }]);
});

test('what waits at its site past midnight takes tokens of the new day', async () => {
  await using world = new WarmWorld([NEW]);
  world.remotes.behave(World.addressOf('dest.test'), { connectMs: 20_000 });
  await world.clock.advance(DAY_MS - 10_000);
  await world.submit({ to: ['a@dest.test'] });
  await world.until(() => world.remotes.connects.length === 1);
  await world.clock.advance(20_000);
  await world.until(() => world.remotes.taken.length === 1);
  await world.chooser.stop();
  expect((await days()).map(({ day, handedOver }) => [day - TODAY, handedOver])).toEqual([
    [0, 0],
    [1, 1],
  ]);
});

test('a transaction that midnight overtakes does not end, and is made again on the new day', async () => {
  await using world = new WarmWorld([NEW]);
  world.remotes.behave(World.addressOf('dest.test'), { transactionMs: 20_000 });
  await world.clock.advance(DAY_MS - 10_000);
  await world.submit({ to: ['a@dest.test'] });
  await world.until(() => world.remotes.connects.length === 1);
  await world.clock.advance(20_000);
  await world.until(() => world.spool.of('a@dest.test').state === 'deferred');
  expect(world.remotes.taken).toEqual([]);
  expect(world.spool.of('a@dest.test').events[0]?.data).toMatchObject({ class: 'local-limit' });
  await world.until(() => world.remotes.taken.length === 1, 10_000);
  await world.chooser.stop();
  expect((await days()).map(({ day, handedOver }) => [day - TODAY, handedOver])).toContainEqual([1, 1]);
});

test('recipients that are refused spend no tokens, and count where it is for the source', async () => {
  await using world = new WarmWorld([NEW]);
  const reply = (recipient: string) =>
    recipient.startsWith('no')
      ? replyTo(550, '5.1.1', 'no such user', 'rcpt')
      : recipient.startsWith('slow')
        ? replyTo(450, '4.7.28', 'rate limit exceeded, too many messages from your address', 'rcpt')
        : replyTo(250, '2.0.0', 'taken', 'final');
  world.remotes.behave(World.addressOf('dest.test'), { reply });
  await world.submit({ to: ['no@dest.test', 'slow@dest.test', 'yes@dest.test'] });
  await world.until(() => world.spool.of('slow@dest.test').state === 'deferred');
  await world.submit({ to: ['yes2@dest.test'] });
  await world.submit({ to: ['yes3@dest.test'] });
  await world.until(() => world.remotes.taken.length === 3);
  await world.submit({ to: ['yes4@dest.test'] });
  await world.until(() => world.spool.of('yes4@dest.test').state === 'deferred');
  await world.chooser.stop();
  expect(await days()).toMatchObject([{ handedOver: 3, turnedAway: 1, reserved: 3 }]);
});
