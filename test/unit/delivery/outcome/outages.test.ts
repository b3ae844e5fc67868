import { describe, expect, test } from 'vitest';
import { LOCAL_EXPLANATIONS } from '../../../../src/policy/local-failures.ts';
import { OK } from '../support/fake-remotes.ts';
import { DAY_MS, HOUR_MS, World, route } from '../support/world.ts';

const MX = World.addressOf('dead.test');
const refuse = { stage: 'connect', reply: undefined, text: 'connect ECONNREFUSED' } as const;

async function submitMany(
  world: World,
  count: number,
  domain = 'dead.test',
  account = 'acc_1',
): Promise<void> {
  for (let i = 0; i < count; i++) await world.submit({ to: [`r${i}@${domain}`], account });
}

describe('a destination whose hosts cannot be reached', () => {
  test('is deferred as a whole: one connection, one deferred message, and a try that all see', async () => {
    await using world = new World();
    world.remotes.behave(MX, { refuse, connectMs: 100 });
    await submitMany(world, 100);
    await world.clock.advance(1_000);
    expect(world.remotes.connects.length).toBe(1);
    expect(world.spool.blocks.get('dead.test')).toMatchObject({
      failures: 1,
      lastError: `mx.dead.test [${MX}]: connect ECONNREFUSED`,
    });
    expect(world.spool.deliveries.filter((one) => one.state === 'deferred').length).toBe(1);
    const first = world.spool.of('r0@dead.test');
    expect(first.events).toMatchObject([{ type: 'deferred', data: { attempts: 1 } }]);
    expect(first.history).toMatchObject([
      { host: 'mx.dead.test', stage: 'connect', text: 'connect ECONNREFUSED' },
    ]);
    const others = world.spool.deliveries.slice(1);
    expect(
      others.every((one) => one.state === 'queued' && one.attempts === 0 && one.destinationTries === 1),
    ).toBe(true);
    // However many wait: one call, one row.
    expect(world.spool.blockCalls.flat().flatMap(({ tries = [] }) => tries)).toHaveLength(1);
    expect(
      world.spool.settleCalls.flatMap(({ settlements }) => settlements.flatMap(({ attempts }) => attempts)),
    ).toEqual([]);
    expect(world.spool.claimedCount).toBe(0);
  });

  test('is tried again with a back-off of at most ten minutes, and costs nothing in between', async () => {
    await using world = new World();
    world.remotes.behave(MX, { refuse });
    await submitMany(world, 50);
    await world.clock.advance(6 * HOUR_MS);
    const connects = world.remotes.connects.length;
    expect(connects).toBeGreaterThan(35);
    expect(connects).toBeLessThan(60);
    // Claims only when a back-off ends, and a few looks around it.
    expect(world.spool.claimCalls.length).toBeLessThan(connects * 4);
    expect(world.delivery.stats().claimed).toBe(0);
  });

  test('that works again gets what waited at its own pace, the oldest first, without a storm', async () => {
    const limits = { maxConnectionsPerSite: 4, firstConnectionsPerSite: 2, messagesPerSecondPerSite: 20 };
    await using world = new World(limits);
    world.remotes.behave(MX, { transactionMs: 150 });
    // How it was before.
    await submitMany(world, 200);
    await world.clock.advance(60_000);
    const usual = { open: world.remotes.maxOpen, taken: world.remotes.taken.length };
    expect(usual.taken).toBe(200);

    world.remotes.behave(MX, { refuse, connectMs: 1_000 });
    const waiting: string[] = [];
    for (let batch = 0; batch < 50; batch++) {
      for (let i = 0; i < 100; i++) {
        waiting.push(`w${batch}-${i}@dead.test`);
        await world.submit({ to: [waiting.at(-1)!] });
      }
      await world.clock.advance(5 * 60_000);
    }
    expect(world.remotes.taken.length).toBe(usual.taken);
    const tries = world.remotes.connects.length;
    const perTenSeconds = new Map<number, number>();
    world.remotes.maxOpen = 0;
    world.remotes.behave(MX, {
      transactionMs: 150,
      reply: () => {
        const span = Math.floor(world.clock.monotonic() / 10_000);
        perTenSeconds.set(span, (perTenSeconds.get(span) ?? 0) + 1);
        return { reply: OK, stage: 'final', sharedBy: 1 };
      },
    });
    await world.clock.advance(20 * 60_000);
    const taken = world.remotes.taken.slice(usual.taken);
    expect(new Set(taken)).toEqual(new Set(waiting));
    expect(taken).toHaveLength(5_000);
    // Oldest first: what was due together goes together, and nobody waits for a younger one by more than that.
    const order = new Map(waiting.map((to, at) => [to, at]));
    const outOfPlace = taken.map((to, at) => Math.abs((order.get(to) ?? 0) - at));
    expect(outOfPlace.sort((a, b) => a - b)[Math.floor(taken.length * 0.99)]).toBeLessThan(200);
    expect(world.remotes.maxOpen).toBeLessThanOrEqual(Math.min(usual.open, 4));
    expect(world.remotes.connects.length - tries).toBeLessThan(5_000 / 50);
    // The pace is kept; what a second before left unused may be made up for.
    expect(Math.max(...perTenSeconds.values())).toBeLessThanOrEqual(10 * 20 + 20);
  });

  test('delivers everything once it works again, and its block is lifted', async () => {
    await using world = new World();
    world.remotes.behave(MX, { refuse });
    await submitMany(world, 50);
    await world.clock.advance(HOUR_MS);
    world.remotes.behave(MX, {});
    await world.clock.advance(11 * 60_000);
    expect(world.spool.deliveries.every((one) => one.state === 'delivered')).toBe(true);
    expect(world.spool.blocks.size).toBe(0);
    expect(world.spool.of('r1@dead.test').attempts).toBe(1);
    expect(world.remotes.taken.length).toBe(50);
  });

  test('its messages expire at their time, with the last connection error in the trace and a notification', async () => {
    await using world = new World();
    world.remotes.behave(MX, { refuse });
    await submitMany(world, 30);
    await world.clock.advance(4 * DAY_MS - HOUR_MS);
    expect(world.spool.deliveries.every((one) => one.state === 'deferred' || one.state === 'queued')).toBe(
      true,
    );
    await world.clock.advance(HOUR_MS + 11 * 60_000);
    const mailed = world.spool.deliveries.filter((one) => one.destination === 'dead.test');
    expect(mailed.every((one) => one.state === 'expired')).toBe(true);
    for (const one of mailed) {
      expect(one.destinationTries).toBeGreaterThan(400);
      expect(one.events.at(-1)?.data['attempts']).toBe(one.destinationTries);
      expect(one.history.at(-1)).toMatchObject({ stage: 'connect', text: 'connect ECONNREFUSED' });
      expect(one.events.at(-1)).toMatchObject({
        type: 'expired',
        data: { reply: expect.stringContaining('ECONNREFUSED') as string },
      });
    }
    expect(world.spool.dsns.length).toBe(30);
    expect(world.spool.suppressions).toEqual([]);
  });

  test('a backlog that is past its time is cleared at the next try, not window by window', async () => {
    await using world = new World({ feedDeliveries: 50 });
    world.remotes.behave(MX, { refuse });
    await submitMany(world, 600);
    await world.clock.advance(4 * DAY_MS + 12 * 60_000);
    expect(
      world.spool.deliveries.filter((one) => one.destination === 'dead.test' && one.state === 'expired')
        .length,
    ).toBe(600);
  });

  test('messages for other destinations do not wait for it', async () => {
    await using world = new World();
    world.remotes.behave(MX, { refuse: { ...refuse, text: 'timeout' }, connectMs: 300_000 });
    await submitMany(world, 1_000);
    await world.clock.advance(1_000);
    for (let i = 0; i < 20; i++) {
      await world.submit({ to: [`r@live${i}.test`] });
      await world.clock.advance(0);
      expect(world.spool.of(`r@live${i}.test`).state).toBe('delivered');
    }
  });

  test('other domains of the same hosts are blocked when they come, without a connection of their own', async () => {
    await using world = new World();
    for (const name of ['one.test', 'two.test']) world.routes.set(name, route('mx.dead.test', [MX]));
    world.remotes.behave(MX, { refuse });
    await submitMany(world, 5, 'one.test');
    await world.clock.advance(1_000);
    await submitMany(world, 5, 'two.test');
    await world.clock.advance(1_000);
    expect(world.remotes.connects.length).toBe(1);
    expect([...world.spool.blocks.keys()].toSorted()).toEqual(['one.test', 'two.test']);
  });

  test('an operator who lifts the block gets a try at once', async () => {
    await using world = new World();
    world.remotes.behave(MX, { refuse });
    await submitMany(world, 3);
    await world.clock.advance(3 * HOUR_MS);
    world.remotes.behave(MX, {});
    world.spool.retry('dead.test');
    world.delivery.wake();
    await world.clock.advance(100);
    expect(world.spool.deliveries.every((one) => one.state === 'delivered')).toBe(true);
  });

  test('a claim that crossed with the block on its way does not lift it', async () => {
    await using world = new World();
    world.remotes.behave(MX, { refuse });
    await submitMany(world, 1);
    await world.clock.advance(0);
    expect(world.spool.blocks.size).toBe(1);
    // Accepted in the commit that wrote the block, but before it: handed out although the block stands.
    const [block] = world.spool.blocks.values();
    world.spool.blocks.clear();
    await world.submit({ to: ['late@dead.test'] });
    world.spool.blocks.set('dead.test', block!);
    await world.clock.advance(5_000);
    expect(world.remotes.connects.length).toBe(1);
    expect(world.spool.of('late@dead.test')).toMatchObject({ state: 'queued', claimed: false });
  });

  test('is tried again at once after the wall clock was set back, not when the false time comes round', async () => {
    await using world = new World();
    world.remotes.behave(MX, { refuse });
    world.clock.jump(6 * HOUR_MS);
    await submitMany(world, 3);
    await world.clock.advance(1_000);
    expect(world.remotes.connects.length).toBe(1);
    world.clock.jump(-6 * HOUR_MS);
    world.remotes.behave(MX, {});
    // The store lifts the block of the false time; other domains of the same hosts never had one.
    world.spool.blocks.clear();
    world.routes.set('neighbour.test', route('mx.dead.test', [MX]));
    await world.submit({ to: ['new@dead.test'] });
    await world.submit({ to: ['new@neighbour.test'] });
    await world.clock.advance(1_000);
    expect(world.spool.of('new@dead.test').state).toBe('delivered');
    expect(world.spool.of('new@neighbour.test').state).toBe('delivered');
  });

  test('the back-off goes on where it was in the process before', async () => {
    await using world = new World({}, { failing: [{ name: 'dead.test', failures: 7 }] });
    world.remotes.behave(MX, { refuse });
    await submitMany(world, 1);
    const startMs = world.clock.now();
    await world.clock.advance(1_000);
    expect(world.spool.blocks.get('dead.test')).toMatchObject({ failures: 8 });
    expect(world.spool.blocks.get('dead.test')!.untilMs - startMs).toBeGreaterThan(400_000);
    world.remotes.behave(MX, {});
    await world.clock.advance(601_000);
    expect(world.spool.of('r0@dead.test').state).toBe('delivered');
    expect(world.spool.blocks.size).toBe(0);
  });

  test('each account has a message that tells of it', async () => {
    await using world = new World();
    world.remotes.behave(MX, { refuse, connectMs: 1_000 });
    await submitMany(world, 5, 'dead.test', 'acc_1');
    await submitMany(world, 5, 'dead.test', 'acc_2');
    await world.clock.advance(2_000);
    const told = world.spool.deliveries.filter((one) => one.events.length > 0);
    expect(told.map((one) => one.message.facts.accountId).toSorted()).toEqual(['acc_1', 'acc_2']);
  });

  test('while it fails, a message is told of it by one event only', async () => {
    await using world = new World();
    world.remotes.behave(MX, { refuse });
    await submitMany(world, 1);
    await world.clock.advance(2 * HOUR_MS);
    const stored = world.spool.of('r0@dead.test');
    expect(stored.history.length).toBeGreaterThan(10);
    expect(stored.events.map(({ type }) => type)).toEqual(['deferred']);
    expect(stored.attempts).toBe(0);
  });
});

describe('DNS', () => {
  test('that does not answer defers the destination and is asked again', async () => {
    await using world = new World();
    world.routes.set('dead.test', { kind: 'unknown', text: 'SERVFAIL' });
    await submitMany(world, 20);
    await world.clock.advance(1_000);
    expect(world.lookups.length).toBe(1);
    expect(world.spool.blocks.get('dead.test')).toMatchObject({ failures: 1, lastError: 'SERVFAIL' });
    expect(world.spool.of('r0@dead.test')).toMatchObject({ state: 'deferred', attempts: 0 });
    expect(world.spool.of('r0@dead.test').history).toMatchObject([{ stage: 'dns', text: 'SERVFAIL' }]);
    world.routes.delete('dead.test');
    await world.clock.advance(40_000);
    expect(world.spool.deliveries.every((one) => one.state === 'delivered')).toBe(true);
    expect(world.spool.blocks.size).toBe(0);
  });

  test('of our own that fails is no fault of the destination: the wait does not grow, and the words are ours', async () => {
    await using world = new World();
    world.routes.set('dead.test', {
      kind: 'unknown',
      text: 'MX look-up of dead.test: no DNS server can be reached',
      localClass: 'local-dns',
    });
    await submitMany(world, 1);
    await world.clock.advance(HOUR_MS);
    // Asked every half minute, less a fifth at most: others wait for ten minutes by then.
    expect(world.lookups.length).toBeGreaterThan(100);
    expect(world.lookups.length).toBeLessThan(160);
    expect(world.spool.blocks.get('dead.test')).toMatchObject({ failures: 1 });
    const [deferred] = world.spool.of('r0@dead.test').events;
    expect(deferred?.data).toMatchObject({ class: 'local-dns', status: '4.4.3' });
    expect(deferred?.data['meaning']).toBe(LOCAL_EXPLANATIONS['local-dns'].meaning);
    world.routes.delete('dead.test');
    await world.clock.advance(40_000);
    expect(world.spool.of('r0@dead.test').state).toBe('delivered');
  });

  test.each([
    ['no-such-domain', '5.1.2'],
    ['null-mx', '5.1.10'],
    ['loop', '5.4.6'],
    ['not-allowed', '5.4.4'],
  ] as const)('that says %s bounces with %s and suppresses nobody', async (found, status) => {
    await using world = new World();
    const stage = found === 'not-allowed' ? 'policy' : 'dns';
    world.routes.set('dead.test', { kind: 'none', found, stage, status, text: 'in words', ttlMs: 60_000 });
    await submitMany(world, 2);
    await world.clock.advance(100);
    const stored = world.spool.of('r1@dead.test');
    expect(stored.state).toBe('bounced');
    expect(stored.history).toMatchObject([{ stage, status, host: undefined }]);
    expect(stored.events.at(-1)).toMatchObject({ type: 'bounced', data: { status } });
    expect(world.spool.suppressions).toEqual([]);
    expect(world.spool.dsns.length).toBe(2);
    expect(world.lookups.filter((name) => name === 'dead.test').length).toBe(1);
  });

  test('that is slow for one domain delays no other', async () => {
    const asked: string[] = [];
    await using world = new World(
      {},
      {
        findRoute: (name) => {
          asked.push(name);
          if (name === 'dead.test') return new Promise(() => undefined);
          return Promise.resolve(route(`mx.${name}`, [name]));
        },
      },
    );
    await submitMany(world, 10);
    await submitMany(world, 10, 'live.test');
    await world.clock.advance(0);
    expect(world.remotes.taken.length).toBe(10);
    expect(asked).toEqual(['dead.test', 'live.test']);
  });
});
