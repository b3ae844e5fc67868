import { describe, expect, test } from 'vitest';
import { World } from './support/world.ts';

const MX = World.addressOf('dest.test');

async function submitMany(world: World, count: number, domain: string, account: string): Promise<void> {
  for (let i = 0; i < count; i++) await world.submit({ to: [`${account}-${i}@${domain}`], account });
}

describe('a busy account', () => {
  test('delays another at the same destination by a message, not by its queue', async () => {
    await using world = new World({ maxConnectionsPerSite: 2, firstConnectionsPerSite: 2 });
    world.remotes.behave(MX, { transactionMs: 100 });
    await submitMany(world, 200, 'dest.test', 'busy');
    await world.clock.advance(1_000);
    await submitMany(world, 5, 'dest.test', 'small');
    const before = world.remotes.taken.length;
    await world.clock.advance(1_000);
    const since = world.remotes.taken.slice(before);
    expect(since.filter((one) => one.startsWith('small')).length).toBe(5);
  });

  test('that floods a slow destination beyond what fits in memory leaves room for others there', async () => {
    await using world = new World({
      maxConnectionsPerSite: 2,
      firstConnectionsPerSite: 2,
      feedDeliveriesPerDestination: 100,
      claimDeliveriesPerDestination: 20,
    });
    world.remotes.behave(MX, { transactionMs: 100 });
    await submitMany(world, 3_000, 'dest.test', 'busy');
    await world.clock.advance(30_000);
    await submitMany(world, 5, 'dest.test', 'small');
    const before = world.remotes.taken.length;
    await world.clock.advance(8_000);
    expect(world.remotes.taken.slice(before).filter((one) => one.startsWith('small')).length).toBe(5);
  });

  test('shares a site that serves many domains', async () => {
    await using world = new World({ maxConnectionsPerSite: 1 });
    world.remotes.behave('192.0.2.7', { transactionMs: 100 });
    for (const name of ['a.test', 'b.test', 'c.test']) {
      world.routes.set(name, {
        kind: 'hosts',
        site: 'big',
        hosts: [{ name: 'mx.big.test', preference: 10, addresses: ['192.0.2.7'] }],
        ttlMs: 60_000,
      });
    }
    await submitMany(world, 50, 'a.test', 'acc_1');
    await submitMany(world, 10, 'b.test', 'acc_1');
    await submitMany(world, 10, 'c.test', 'acc_2');
    await world.clock.advance(4_100);
    const done = world.remotes.taken.map((one) => one.split('@')[1]);
    // Of 40 messages the second account has its 10, and the domains of the first share the rest.
    expect(done.filter((name) => name === 'c.test').length).toBe(10);
    expect(done.filter((name) => name === 'b.test').length).toBe(10);
  });
});

describe('slow destinations', () => {
  test('many of them, with long queues, do not keep a fast one waiting', async () => {
    await using world = new World({
      maxDeliveries: 400,
      feedDeliveries: 200,
      feedDeliveriesPerDestination: 50,
      claimDeliveriesPerDestination: 20,
      softConnections: 60,
      hardConnections: 100,
      maxConnectionsPerSite: 3,
    });
    for (let i = 0; i < 20; i++) {
      world.remotes.behave(World.addressOf(`slow${i}.test`), { transactionMs: 60_000 });
      await submitMany(world, 60, `slow${i}.test`, 'acc_1');
    }
    await world.clock.advance(10_000);
    for (let i = 0; i < 10; i++) {
      await world.submit({ to: [`r${i}@fast.test`] });
      await world.clock.advance(1_100);
      expect(world.spool.of(`r${i}@fast.test`).state).toBe('delivered');
    }
    expect(world.delivery.stats().claimed).toBeLessThanOrEqual(400);
  });
});

describe('bulk', () => {
  test.each([
    { what: 'in memory', feedDeliveriesPerDestination: 2_000 },
    { what: 'in the store', feedDeliveriesPerDestination: 100 },
  ])('many of an account, $what, delay its other mail by a few messages', async (limits) => {
    const { what: _what, ...few } = limits;
    const count = few.feedDeliveriesPerDestination === 100 ? 1_000 : 1_500;
    await using world = new World({ maxConnectionsPerSite: 1, firstConnectionsPerSite: 1, ...few });
    world.remotes.behave(MX, { transactionMs: 1_000 });
    for (let i = 0; i < count; i++) await world.submit({ to: [`bulk-${i}@dest.test`], bulk: true });
    await world.clock.advance(60_000);
    await submitMany(world, 30, 'dest.test', 'acc_1');
    const before = world.remotes.taken.length;
    await world.clock.advance(42_000);
    const since = world.remotes.taken.slice(before).map((one) => one.startsWith('acc_1-'));
    expect(since.indexOf(true)).toBeLessThanOrEqual(3);
    expect(since.filter((first) => first)).toHaveLength(30);
    // And bulk has gone on meanwhile.
    expect(since.slice(0, 40).filter((first) => !first).length).toBeGreaterThanOrEqual(9);
  });
});

test('memory holds no more than its limits, whatever waits', async () => {
  await using world = new World({
    maxDeliveries: 300,
    feedDeliveries: 150,
    feedDeliveriesPerDestination: 100,
    claimDeliveriesPerDestination: 20,
  });
  let most = 0;
  for (let i = 0; i < 40; i++) world.remotes.behave(World.addressOf(`d${i}.test`), { transactionMs: 200 });
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 40; i++) await world.submit({ to: [`r${round}@d${i}.test`] });
    await world.clock.advance(10);
    most = Math.max(most, world.spool.claimedCount);
  }
  for (let i = 0; i < 100 && world.remotes.taken.length < 1_600; i++) {
    await world.clock.advance(1_000);
    most = Math.max(most, world.spool.claimedCount);
  }
  expect(world.remotes.taken.length).toBe(1_600);
  expect(new Set(world.remotes.taken).size).toBe(1_600);
  expect(most).toBeLessThanOrEqual(300);
});
