import { describe, expect, test } from 'vitest';
import { StoreError } from '../../../src/store/errors.ts';
import { replyTo } from './support/fake-remotes.ts';
import { World } from './support/world.ts';

const MX = World.addressOf('dest.test');

async function submitMany(world: World, count: number, domain = 'dest.test'): Promise<void> {
  for (let i = 0; i < count; i++) await world.submit({ to: [`r${i}@${domain}`] });
}

describe('a store that takes no outcomes', () => {
  test('no attempt starts, what is known is kept and written later, and nothing is sent twice', async () => {
    await using world = new World();
    world.remotes.behave(MX, { transactionMs: 50 });
    await submitMany(world, 400);
    await world.clock.advance(500);
    world.spool.failure = new StoreError('disk-full', 'no space');
    await world.clock.advance(1_000);
    const sent = world.remotes.taken.length;
    expect(sent).toBeLessThan(400);
    expect(world.delivery.stats()).toMatchObject({ storeOk: false });
    await world.clock.advance(600_000);
    expect(world.remotes.taken.length).toBe(sent);
    world.spool.failure = undefined;
    await world.clock.advance(60_000);
    expect(world.remotes.taken.length).toBe(400);
    expect(new Set(world.remotes.taken).size).toBe(400);
    expect(world.spool.deliveries.every((one) => one.state === 'delivered' && one.settledTimes === 1)).toBe(
      true,
    );
    expect(world.delivery.stats()).toMatchObject({ storeOk: true, unwritten: 0, claimed: 0 });
  });

  test('is not asked in a loop', async () => {
    await using world = new World();
    let asked = 0;
    world.spool.failSettle = () => {
      asked++;
      return new StoreError('busy', 'later');
    };
    await submitMany(world, 5);
    await world.clock.advance(100_000);
    expect(asked).toBeLessThan(20);
    world.spool.failSettle = undefined;
    await world.clock.advance(11_000);
    expect(world.spool.deliveries.every((one) => one.state === 'delivered')).toBe(true);
  });

  test('a claim that fails is repeated later', async () => {
    await using world = new World({ feedDeliveries: 0 });
    await submitMany(world, 10);
    world.spool.failure = new StoreError('busy', 'locked');
    await world.clock.advance(5_000);
    world.spool.failure = undefined;
    await world.clock.advance(15_000);
    expect(world.spool.deliveries.every((one) => one.state === 'delivered')).toBe(true);
  });

  test.each(['conflict', 'failed'] as const)(
    'one outcome that is a %s does not hold up the others',
    async (code) => {
      await using world = new World();
      const bad = await world.submit({ to: ['bad@dest.test'] });
      world.spool.failSettle = ({ settlements }) =>
        settlements.some((one) => one.deliveryId === 0) ? new StoreError(code, 'no') : undefined;
      await submitMany(world, 20);
      await world.clock.advance(1_000);
      expect(world.spool.deliveries.filter((one) => one.state === 'delivered').length).toBe(20);
      world.spool.failSettle = undefined;
      await world.clock.advance(61_000);
      expect(world.spool.of('bad@dest.test').state).toBe('delivered');
      expect(world.remotes.taken.filter((one) => one === 'bad@dest.test').length).toBe(1);
      expect(bad.facts.id).toBe('msg_0');
    },
  );

  test('a notification that it refuses does not keep the bounce from being written', async () => {
    await using world = new World();
    world.remotes.behave(MX, { reply: () => replyTo(550, '5.1.1', 'unknown') });
    world.spool.failSettle = ({ dsns }) =>
      dsns.length > 0 ? new StoreError('conflict', 'the account is gone') : undefined;
    await submitMany(world, 3);
    await world.clock.advance(1_000);
    expect(world.spool.deliveries.every((one) => one.state === 'bounced')).toBe(true);
  });
});

describe('a slow store', () => {
  test('bounds what is sent before it is written down, and so the duplicates of a crash', async () => {
    // A crash at any instant repeats at most what was taken and not settled.
    await using world = new World({ maxUnsettledPerDestination: 50 });
    world.spool.settleLatencyMs = 1_000;
    await submitMany(world, 500);
    let most = 0;
    for (let i = 0; i < 600; i++) {
      await world.clock.advance(37);
      const written = world.spool.deliveries.filter((one) => one.state === 'delivered').length;
      most = Math.max(most, world.remotes.taken.length - written);
    }
    expect(most).toBeGreaterThan(10);
    expect(most).toBeLessThanOrEqual(50);
  });

  test('a crash repeats at most the unsettled ones, and loses none', async () => {
    await using world = new World({ maxUnsettledPerDestination: 50 });
    world.spool.settleLatencyMs = 1_000;
    await submitMany(world, 300);
    await world.clock.advance(2_500);
    const sent = world.remotes.taken.length;
    const written = world.spool.deliveries.filter((one) => one.state === 'delivered').length;
    world.spool.settleLatencyMs = 0;
    world.crash();
    await world.clock.advance(60_000);
    expect(new Set(world.remotes.taken).size).toBe(300);
    expect(world.remotes.taken.length - 300).toBeLessThanOrEqual(50);
    expect(sent - written).toBeLessThanOrEqual(50);
  });
});

describe('the end', () => {
  test('lets transactions under way end within the grace time, and writes their outcomes', async () => {
    await using world = new World();
    world.remotes.behave(MX, { transactionMs: 2_000 });
    await submitMany(world, 50);
    await world.clock.advance(500);
    const stopped = world.delivery.stop(10_000);
    await world.clock.advance(3_000);
    await stopped;
    const delivered = world.spool.deliveries.filter((one) => one.state === 'delivered').length;
    expect(delivered).toBe(5);
    expect(world.remotes.taken.length).toBe(5);
    expect(world.remotes.open).toBe(0);
    expect(world.clock.pendingTimers).toBe(0);
  });

  test('breaks off what takes longer, leaves it claimed for the next start, and leaves no timer behind', async () => {
    await using world = new World();
    world.remotes.behave(MX, { transactionMs: 60_000 });
    await submitMany(world, 3);
    world.remotes.behave(World.addressOf('dead.test'), { connectMs: 100_000 });
    await submitMany(world, 3, 'dead.test');
    await world.clock.advance(500);
    const stopped = world.delivery.stop(1_000);
    await world.clock.advance(1_100);
    await stopped;
    expect(world.remotes.open).toBe(0);
    expect(world.spool.blocks.size).toBe(0);
    // Broken off is not answered: nothing was settled but by the remote's word.
    expect(world.spool.deliveries.every((one) => one.state !== 'delivered')).toBe(true);
    world.remotes.behave(MX, {});
    world.remotes.behave(World.addressOf('dead.test'), {});
    world.start();
    await world.clock.advance(600_000);
    expect(world.spool.deliveries.every((one) => one.state === 'delivered')).toBe(true);
  });
});

describe('a store that cannot be read', () => {
  const AWAY = new StoreError('busy', 'the database is away');

  test('has what it is needed for wait: a failure is written with its notice, whole, when it is back', async () => {
    await using world = new World();
    world.remotes.behave(MX, {
      transactionMs: 1_000,
      reply: () => replyTo(550, '5.1.1', 'no such user'),
    });
    await world.submit({ to: ['b@dest.test'], facts: { dsnReturn: 'full' }, body: 'the text of it' });
    await world.clock.advance(500);
    world.spool.readFailure = AWAY;
    await world.clock.advance(30_000);
    expect(world.bugs).toEqual([]);
    expect(world.spool.of('b@dest.test').state).toBe('queued');
    world.spool.readFailure = undefined;
    await world.clock.advance(5_000);
    expect(world.spool.of('b@dest.test').state).toBe('bounced');
    expect(world.spool.dsns).toHaveLength(1);
    const [dsn] = world.spool.dsns;
    const text = dsn?.content.kind === 'whole' ? Buffer.from(dsn.content.bytes).toString() : '';
    expect(text).toContain('the text of it');
  });

  test('has what expires wait', async () => {
    await using world = new World({ feedDeliveries: 0 });
    world.spool.readFailure = AWAY;
    await world.submit({ to: ['b@dest.test'], facts: { expiresAtMs: world.clock.now() - 1 } });
    await world.clock.advance(30_000);
    expect(world.bugs).toEqual([]);
    world.spool.readFailure = undefined;
    await world.clock.advance(5_000);
    expect(world.spool.of('b@dest.test').state).toBe('expired');
  });

  test('keeps no stop waiting', async () => {
    const world = new World();
    world.remotes.behave(MX, { reply: () => replyTo(550, '5.1.1', 'no such user') });
    await world.submit({ to: ['b@dest.test'] });
    world.spool.readFailure = AWAY;
    await world.clock.advance(10_000);
    const stopped = world.delivery.stop(15_000);
    await world.clock.advance(2_000);
    await stopped;
    expect(world.bugs).toEqual([]);
    expect(world.clock.pendingTimers).toBe(0);
  });
});

test('an idle service asks for nothing and sets no timer', async () => {
  await using world = new World();
  await world.clock.advance(0);
  const asked = world.spool.claimCalls.length;
  await world.clock.advance(3_600_000);
  expect(world.spool.claimCalls.length).toBe(asked);
  expect(world.clock.pendingTimers).toBe(0);
});

test('a wall clock that jumps does not stop deliveries', async () => {
  await using world = new World();
  world.remotes.behave(MX, { reply: () => replyTo(451, '4.3.0', 'later') });
  await world.submit({ to: ['b@dest.test'] });
  await world.clock.advance(1_000);
  world.remotes.behave(MX, {});
  world.clock.jump(2 * 3_600_000);
  await world.clock.advance(61_000);
  expect(world.spool.of('b@dest.test').state).toBe('delivered');
});
