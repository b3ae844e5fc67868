/** From the first 421 to full speed again: remotes with limits of their own, and the built-in reply rules. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openLimits } from '../../../../src/delivery/shaping/open-limits.ts';
import { NO_ROUTES } from '../../../../src/delivery/route/route-table.ts';
import { loadDestinationRules } from '../../../../src/config/destination-rules.ts';
import { loadProviders } from '../../../../src/config/providers.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import { providerOf } from '../../../../src/policy/egress/providers.ts';
import { OK, replyTo, type Behaviour } from '../support/fake-remotes.ts';
import { MemoryLimits } from '../support/memory-limits.ts';
import { route, World } from '../support/world.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const read = (file: string) => readFileSync(file, 'utf8');
const PROVIDERS = loadProviders(read);
const { replies } = loadDestinationRules(read, undefined, PROVIDERS);
const MIN = 60_000;

const TOO_MANY = {
  stage: 'greeting',
  text: '',
  reply: { code: 421, status: '4.7.0', text: 'too many connections from you' },
} as const;

async function limitedWorld(limits = new MemoryLimits(), clock = new VirtualClock()) {
  const bugs: unknown[] = [];
  const opened = await openLimits({
    ...{ reader: limits, writer: limits, replies: () => replies },
    ...{ clock, log: silentLog, onBug: (error) => bugs.push(error) },
  });
  const egress = { ...NO_ROUTES, providerOf: (hosts: readonly string[]) => providerOf(hosts, PROVIDERS) };
  const world = new World({}, { ...opened, egress }, clock);
  return {
    world,
    limits,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await opened.stop();
      expect(bugs).toEqual([]);
      expect(clock.pendingTimers).toBe(0);
    },
  };
}

async function submitMany(world: World, count: number, domain = 'r.test'): Promise<void> {
  for (let i = 0; i < count; i++) await world.submit({ to: [`${i}@${domain}`] });
}

/** Takes so many messages in any minute; says 421 4.7.28 to what is more. */
function minuteLimit(
  world: World,
  most: number,
): { behaviour: Behaviour; refused: number[]; taken: number[] } {
  const seen = { refused: [] as number[], taken: [] as number[] };
  const behaviour: Behaviour = {
    transactionMs: 200,
    reply: (_recipient, { forwardPaths }) => {
      const nowMs = world.clock.monotonic();
      if (seen.taken.filter((atMs) => nowMs - atMs < MIN).length < most) {
        seen.taken.push(nowMs);
        return { reply: OK, stage: 'final', sharedBy: forwardPaths.length };
      }
      seen.refused.push(nowMs);
      return replyTo(
        421,
        '4.7.28',
        'unusual rate of unsolicited mail originating from your IP address',
        'mail',
      );
    },
  };
  return { behaviour, ...seen };
}

describe('a remote that takes no more than so much', () => {
  test('has fewer connections after it says that there are too many, and more again later', async () => {
    await using scene = await limitedWorld();
    const { world, limits } = scene;
    const address = World.addressOf('r.test');
    let most = 2;
    let refusals = 0;
    world.remotes.behave(address, {
      transactionMs: 1_000,
      get refuse(): Behaviour['refuse'] {
        if ((world.remotes.openByAddress.get(address) ?? 0) <= most) return undefined;
        refusals++;
        return TOO_MANY;
      },
    } as Behaviour);
    await submitMany(world, 60);
    await world.clock.advance(2_000);
    expect(limits.changes.map(({ change }) => change)).toEqual(['slowed']);
    await world.clock.advance(10 * MIN);
    expect(world.remotes.taken.length).toBe(60);
    expect(refusals).toBeLessThan(10);
    most = 10;
    await world.clock.advance(60 * MIN);
    expect(limits.changes.at(-1)).toMatchObject({ change: 'lifted' });
    await submitMany(world, 100);
    world.remotes.maxOpenByAddress.clear();
    await world.clock.advance(MIN);
    expect(world.remotes.taken.length).toBe(160);
    expect(world.remotes.maxOpenByAddress.get(address)).toBeGreaterThan(2);
  });

  test('gets half as much after each refusal, then step by step all again, and loses nothing', async () => {
    await using scene = await limitedWorld();
    const { world, limits } = scene;
    world.routes.set('r.test', route('aspmx.l.google.com', ['192.0.2.7']));
    world.routes.set('other.test', route('alt1.gmail-smtp-in.l.google.com', ['192.0.2.8']));
    const remote = minuteLimit(world, 60);
    world.remotes.behave('192.0.2.7', remote.behaviour);
    await submitMany(world, 400);
    await world.clock.advance(MIN);
    const refusedAtFirst = remote.refused.length;
    expect(refusedAtFirst).toBeGreaterThan(0);
    expect(limits.changes[0]).toMatchObject({ change: 'slowed', step: 1 });
    // Mail of the provider's other sites is slowed down as well, mail of nobody's is not.
    await submitMany(world, 1, 'other.test');
    await submitMany(world, 20, 'free.test');
    await world.clock.advance(5_000);
    expect(world.remotes.taken.filter((address) => address.endsWith('@free.test')).length).toBe(20);
    for (let hours = 0; hours < 6 && world.remotes.taken.length < 421; hours++)
      await world.clock.advance(60 * MIN);
    expect(new Set(world.remotes.taken).size).toBe(421);
    expect(remote.refused.length - refusedAtFirst).toBeLessThan(60);
    await world.clock.advance(4 * 60 * MIN);
    expect(limits.limits.size).toBe(0);
    expect(limits.changes.at(-1)).toMatchObject({ change: 'lifted', step: 0 });
    // Full speed again.
    const before = world.remotes.taken.length;
    await submitMany(world, 50);
    await world.clock.advance(10_000);
    expect(world.remotes.taken.length).toBe(before + 50);
  });

  test('is left alone as long as it says in its greeting, then one connection tries for all', async () => {
    await using scene = await limitedWorld();
    const { world, limits } = scene;
    const address = World.addressOf('r.test');
    world.remotes.behave(address, {
      refuse: {
        stage: 'greeting',
        reply: { code: 421, status: '4.3.2', text: 'busy, try again in 30 minutes' },
        text: '',
      },
    });
    await submitMany(world, 20);
    await world.clock.advance(MIN);
    const asked = world.remotes.connectsTo(address);
    expect(limits.changes).toMatchObject([{ change: 'suspended' }]);
    world.remotes.behave(address, { transactionMs: 500 });
    await world.clock.advance(28 * MIN);
    expect(world.remotes.connectsTo(address)).toBe(asked);
    expect(world.remotes.taken).toEqual([]);
    world.remotes.maxOpenByAddress.clear();
    await world.clock.advance(3 * MIN);
    expect(world.remotes.taken.length).toBeGreaterThan(0);
    expect(world.remotes.maxOpenByAddress.get(address)).toBe(1);
    await world.clock.advance(60 * MIN);
    expect(new Set(world.remotes.taken).size).toBe(20);
  });

  test('what waits stays queued, untried, and the store knows what for', async () => {
    await using scene = await limitedWorld();
    const { world } = scene;
    world.routes.set('r.test', route('mta5.am0.yahoodns.net', ['192.0.2.9']));
    world.remotes.behave('192.0.2.9', {
      transactionMs: 1_000,
      reply: () => replyTo(421, '4.7.0', '[TSS04] Messages from 192.0.2.1 temporarily deferred', 'mail'),
    });
    await submitMany(world, 30);
    await world.clock.advance(20_000);
    const untried = world.spool.deliveries.filter(({ attempts }) => attempts === 0);
    expect(untried.length).toBeGreaterThan(15);
    expect(new Set(untried.map(({ state }) => state))).toEqual(new Set(['queued']));
    expect(untried.every(({ events }) => events.every(({ type }) => type !== 'deferred'))).toBe(true);
    expect(world.spool.blocks.get('r.test')?.waitsFor).toBe('reply rule yahoo-deferred at yahoo: suspended');
  });

  test('a restart in the middle forgets nothing', async () => {
    const clock = new VirtualClock();
    const limits = new MemoryLimits();
    const behaviour: Behaviour = {
      transactionMs: 100,
      reply: () => replyTo(421, '4.7.0', '[TSS04] Messages temporarily deferred', 'mail'),
    };
    {
      await using scene = await limitedWorld(limits, clock);
      scene.world.routes.set('r.test', route('mta5.am0.yahoodns.net', ['192.0.2.9']));
      scene.world.remotes.behave('192.0.2.9', behaviour);
      await submitMany(scene.world, 10);
      await clock.advance(5_000);
      expect(limits.limits.size).toBe(1);
    }
    await using scene = await limitedWorld(limits, clock);
    scene.world.routes.set('r.test', route('mta5.am0.yahoodns.net', ['192.0.2.9']));
    await submitMany(scene.world, 10);
    await clock.advance(20 * MIN);
    expect(scene.world.remotes.connects).toEqual([]);
    await clock.advance(15 * MIN);
    expect(scene.world.remotes.taken.length).toBeGreaterThan(0);
  });

  test('what an operator lifts goes within a second or two', async () => {
    await using scene = await limitedWorld();
    const { world, limits } = scene;
    world.routes.set('r.test', route('mta5.am0.yahoodns.net', ['192.0.2.9']));
    world.remotes.behave('192.0.2.9', {
      transactionMs: 1_000,
      reply: () => replyTo(421, '4.7.0', '[TSS04] Messages temporarily deferred', 'mail'),
    });
    await submitMany(world, 30);
    await world.clock.advance(20_000);
    world.remotes.behave('192.0.2.9', {});
    const untried = world.spool.deliveries.filter(({ attempts }) => attempts === 0).length;
    limits.limits.clear();
    await world.clock.advance(3_000);
    expect(world.remotes.taken.length).toBeGreaterThanOrEqual(untried);
  });
});
