/** What waits for a limit goes when that is raised, taken out, lifted or over, whichever relay had put it off. */
import { describe, expect, test } from 'vitest';
import { openLimits } from '../../../../src/delivery/shaping/open-limits.ts';
import { NO_ROUTES } from '../../../../src/delivery/route/route-table.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import { replyTo } from '../support/fake-remotes.ts';
import { MemoryLimits } from '../support/memory-limits.ts';
import { MINUTE_MS, ShapedWorld, shapingOf } from '../support/shaped-world.ts';
import { route, World } from '../support/world.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const SECOND_MS = 1_000;
const shop = (limit: string) => `[[rule]]\nname = "shop"\nmatch = { account = "shop" }\n${limit}`;
const site = (limit: string) => `[[rule]]\nname = "site"\nmatch = { domain = "dest.test" }\n${limit}`;

describe('what waits for a rule', () => {
  test.each([
    ['of an account that is raised', shop('messages_per_hour = 5'), shop('messages_per_hour = 500')],
    ['of an account that is taken out', shop('messages_per_day = 5'), ''],
    [
      'of an account that is about another one now',
      shop('messages_per_hour = 5'),
      shop('messages_per_hour = 5').replace('"shop" }', '"web" }'),
    ],
    ['of a destination that is raised', site('messages_per_hour = 5'), site('messages_per_hour = 500')],
    ['of a destination that is taken out', site('messages_per_day = 5'), ''],
  ])('%s goes at once, without another look', async (_, before, after) => {
    await using world = new ShapedWorld(before);
    await world.submitMany(20, 'dest.test', 'acc_1');
    await world.clock.advance(30 * SECOND_MS);
    expect(world.remotes.taken).toHaveLength(5);
    world.reload(after);
    await world.clock.advance(5 * SECOND_MS);
    expect(world.remotes.taken).toHaveLength(20);
  });

  test('goes also when a relay before had put it off', async () => {
    await using world = new ShapedWorld(shop('messages_per_hour = 5') + '\n' + site('messages_per_hour = 8'));
    await world.submitMany(20, 'dest.test', 'acc_1');
    await world.submitMany(20, 'dest.test', 'acc_2', 'other');
    await world.clock.advance(30 * SECOND_MS);
    expect(world.remotes.taken).toHaveLength(8);
    world.crash();
    await world.clock.advance(5 * SECOND_MS);
    expect(world.remotes.taken).toHaveLength(8);
    world.reload('');
    await world.clock.advance(5 * SECOND_MS);
    expect(world.remotes.taken).toHaveLength(40);
  });

  test('goes when the rule was changed while no relay ran', async () => {
    await using world = new ShapedWorld(shop('messages_per_hour = 5'));
    await world.submitMany(20, 'dest.test', 'acc_1');
    await world.clock.advance(30 * SECOND_MS);
    const stopped = world.delivery.stop(0);
    await world.clock.advance(10 * SECOND_MS);
    await stopped;
    world.change(shop('messages_per_hour = 50'));
    world.start();
    await world.clock.advance(5 * SECOND_MS);
    expect(world.remotes.taken).toHaveLength(20);
  });

  test('of which nothing has changed keeps its time', async () => {
    await using world = new ShapedWorld(shop('messages_per_hour = 5'));
    await world.submitMany(20, 'dest.test', 'acc_1');
    await world.clock.advance(30 * SECOND_MS);
    const claims = world.spool.claimCalls.length;
    world.reload(
      shop('messages_per_hour = 5') +
        '\n[[rule]]\nname = "more"\nmatch = { account = "web" }\nmessages_per_day = 3',
    );
    await world.clock.advance(5 * SECOND_MS);
    expect(world.remotes.taken).toHaveLength(5);
    expect(world.spool.deliveries.filter(({ waitsFor }) => waitsFor !== undefined)).toHaveLength(15);
    expect(world.spool.claimCalls.length - claims).toBeLessThan(5);
  });

  test('gets new times where the new figure makes it wait as well', async () => {
    await using world = new ShapedWorld(shop('messages_per_hour = 5'));
    await world.submitMany(40, 'dest.test', 'acc_1');
    await world.clock.advance(30 * SECOND_MS);
    world.reload(shop('messages_per_hour = 15'));
    await world.clock.advance(5 * SECOND_MS);
    expect(world.remotes.taken).toHaveLength(15);
    const waiting = world.spool.deliveries.filter(({ waitsFor }) => waitsFor !== undefined);
    expect(new Set(waiting.map(({ waitsFor }) => waitsFor))).toEqual(
      new Set(['rule shop: 15 messages an hour']),
    );
  });
});

const TSS04 = () => replyTo(421, '4.7.0', '[TSS04] Messages temporarily deferred', 'mail');
const REPLIES = shapingOf(`[[reply]]
id = "busy"
text = ["temporarily deferred"]
action = "suspend"
for = "1h"`).replies;

async function refusedWorld(limits: MemoryLimits, clock: VirtualClock, refused: () => boolean) {
  const bugs: unknown[] = [];
  const opened = await openLimits({
    ...{ reader: limits, writer: limits, replies: () => REPLIES },
    ...{ clock, log: silentLog, onBug: (error) => bugs.push(error) },
  });
  const world = new World({}, { ...opened, egress: NO_ROUTES }, clock);
  world.routes.set('r.test', route('mx.r.test', ['192.0.2.9']));
  world.remotes.behave('192.0.2.9', {
    transactionMs: 20,
    reply: () => (refused() ? TSS04() : undefined),
  } as never);
  return {
    world,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await opened.stop();
      expect(bugs).toEqual([]);
    },
  };
}

describe('what waits for a limit that the relay set itself', () => {
  test.each(['the same relay', 'another one'])('goes when an operator lifts it: %s', async (who) => {
    const [limits, clock] = [new MemoryLimits(), new VirtualClock()];
    let busy = true;
    await using scene = await refusedWorld(limits, clock, () => busy);
    const { world } = scene;
    for (let at = 0; at < 10; at++) await world.submit({ to: [`${String(at)}@r.test`] });
    await clock.advance(5 * SECOND_MS);
    expect(limits.limits.size).toBe(1);
    expect(world.spool.blocks.get('r.test')?.waitsFor).toBe('reply rule busy at mx.r.test: suspended');
    const untried = world.spool.deliveries.filter(({ attempts }) => attempts === 0);
    busy = false;
    if (who === 'another one') world.crash();
    await clock.advance(2 * SECOND_MS);
    limits.limits.clear();
    await clock.advance(6 * SECOND_MS);
    expect(world.spool.blocks.has('r.test')).toBe(false);
    // Those that were tried have times of their own.
    expect(untried.length).toBeGreaterThan(3);
    expect(untried.every(({ state }) => state === 'delivered')).toBe(true);
  });

  test('goes when it was lifted while no relay ran', async () => {
    const [limits, clock] = [new MemoryLimits(), new VirtualClock()];
    let busy = true;
    await using scene = await refusedWorld(limits, clock, () => busy);
    const { world } = scene;
    for (let at = 0; at < 10; at++) await world.submit({ to: [`${String(at)}@r.test`] });
    await clock.advance(MINUTE_MS);
    const untried = world.spool.deliveries.filter(({ attempts }) => attempts === 0);
    busy = false;
    const stopped = world.delivery.stop(0);
    await clock.advance(10 * SECOND_MS);
    await stopped;
    limits.limits.clear();
    await clock.advance(SECOND_MS);
    world.start();
    await clock.advance(5 * SECOND_MS);
    expect(untried.length).toBeGreaterThan(3);
    expect(untried.every(({ state }) => state === 'delivered')).toBe(true);
  });
});
