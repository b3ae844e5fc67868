/** Mail of a source that rests, since a remote asked for it, leaves from another one of its pool at once. */
import { expect, test } from 'vitest';
import { openLimits } from '../../../../src/delivery/shaping/open-limits.ts';
import { NO_ROUTES } from '../../../../src/delivery/route/route-table.ts';
import { PoolChooser } from '../../../../src/delivery/source/pool-chooser.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import type { Source } from '../../../../src/policy/egress/source.ts';
import { OK, replyTo, type Behaviour } from '../support/fake-remotes.ts';
import { MemoryLimits } from '../support/memory-limits.ts';
import { shapingOf } from '../support/shaped-world.ts';
import { route, World } from '../support/world.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const MIN = 60_000;
const REPLIES = shapingOf(`[[reply]]
id = "busy"
text = ["rate limited"]
action = "suspend"
for = "30m"`).replies;

const sourceOf = (name: string, address: string): Source => ({
  ...{ name, addresses: [address], hostname: `${name}.relay.test`, pool: 'default', weight: 1 },
  ...{ clientCertificate: undefined, hop: undefined, warmUp: undefined },
});
const [ONE, OTHER] = [sourceOf('out-1', '192.0.2.250'), sourceOf('out-2', '192.0.2.251')];

async function scene(pool: readonly Source[]) {
  const clock = new VirtualClock();
  const limits = new MemoryLimits();
  const onBug = (error: unknown) => {
    throw error;
  };
  const opened = await openLimits({
    ...{ reader: limits, writer: limits, replies: () => REPLIES, clock, log: silentLog, onBug },
  });
  const sources = new PoolChooser({
    ...{ config: { sources: pool }, plans: () => [], clock, log: silentLog, onBug },
    ...{ reader: { sourceLimits: async () => [] } as never, writer: {} as never },
  });
  const narrow = { maxConnectionsPerSite: 1, firstConnectionsPerSite: 1 };
  const world = new World(narrow, { ...opened, sources, egress: NO_ROUTES }, clock);
  world.routes.set('r.test', route('mx.r.test', ['192.0.2.9']));
  const busy = { one: true, other: false };
  const taken: string[] = [];
  const behaviourOf = (which: keyof typeof busy): Behaviour => ({
    transactionMs: 1_000,
    reply: (recipient) => {
      if (busy[which]) return replyTo(450, '4.7.1', 'rate limited', 'mail');
      taken.push(which);
      return { reply: OK, stage: 'final', sharedBy: recipient.length > 0 ? 1 : 0 };
    },
  });
  const hosts = new Map([
    ['192.0.2.250', behaviourOf('one')],
    ['192.0.2.251', behaviourOf('other')],
  ]);
  world.remotes.bySource.set('192.0.2.9', hosts);
  return {
    ...{ world, clock, limits, taken, busy },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await sources.stop();
      await opened.stop();
    },
  };
}

async function submitMany(world: World, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await world.submit({ to: [`${i}@r.test`] });
}

test('at once, also what waited at that source already', async () => {
  await using all = await scene([ONE, OTHER]);
  const { world, clock, limits, taken } = all;
  await submitMany(world, 20);
  await clock.advance(30_000);
  expect([...limits.limits.values()]).toMatchObject([{ source: 'out-1', action: 'suspend' }]);
  const tried = world.spool.deliveries.filter(({ state }) => state === 'deferred');
  expect(tried.length).toBeLessThan(3);
  expect(taken).toEqual(Array(20 - tried.length).fill('other'));
  // What is accepted while it rests does not wait either.
  await submitMany(world, 20);
  await clock.advance(30_000);
  expect(taken.length).toBeGreaterThanOrEqual(40 - tried.length);
  expect(new Set(taken)).toEqual(new Set(['other']));
});

test('and waits where every source of the pool rests, until one may send again', async () => {
  await using all = await scene([ONE, OTHER]);
  const { world, clock, limits, taken, busy } = all;
  busy.other = true;
  await submitMany(world, 20);
  await clock.advance(MIN);
  expect(limits.limits.size).toBe(2);
  expect(taken).toEqual([]);
  const waiting = world.spool.deliveries.filter(({ waitsFor }) => waitsFor !== undefined);
  expect(waiting.length).toBeGreaterThan(15);
  expect(waiting[0]?.waitsFor).toBe('reply rule busy at mx.r.test: suspended');
  expect(world.spool.claimCalls.length).toBeLessThan(20);
  busy.one = busy.other = false;
  await clock.advance(60 * MIN);
  expect(taken).toHaveLength(20);
});

test('and waits where there is one source', async () => {
  await using all = await scene([ONE]);
  const { world, clock, taken } = all;
  await submitMany(world, 10);
  await clock.advance(MIN);
  expect(taken).toEqual([]);
  expect(world.spool.deliveries.filter(({ waitsFor }) => waitsFor !== undefined).length).toBeGreaterThan(7);
});
