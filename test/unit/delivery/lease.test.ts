/** A node of several: no attempt begins, and none comes to its end, when others may have what is in hand. */
import { describe, expect, test } from 'vitest';
import type { Lease } from '../../../src/store/lease.ts';
import { HOUR_MS, World } from './support/world.ts';

const MX = World.addressOf('dest.test');

class FakeLease implements Lease {
  untilMs = Infinity;
  life = 1;
  takesOutcomes = true;
  holdsUntilMs(): number {
    return this.untilMs;
  }
}

async function submitMany(world: World, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await world.submit({ to: [`r${i}@dest.test`] });
}

const states = (world: World) => new Set(world.spool.deliveries.map(({ state }) => state));

describe('the lease of a node', () => {
  test('while it holds, mail flows', async () => {
    const lease = new FakeLease();
    await using world = new World({}, { lease });
    lease.untilMs = world.clock.monotonic() + 15_000;
    await submitMany(world, 50);
    await world.clock.advance(1_000);
    expect(states(world)).toEqual(new Set(['delivered']));
  });

  test('once it is over no attempt begins, and what waits goes on when it is renewed', async () => {
    const lease = new FakeLease();
    await using world = new World({}, { lease });
    world.remotes.behave(MX, { transactionMs: 100 });
    await submitMany(world, 400);
    await world.clock.advance(300);
    lease.untilMs = world.clock.monotonic();
    await world.clock.advance(100);
    const begun = world.remotes.taken.length;
    expect(begun).toBeLessThan(400);
    expect(world.delivery.stats()).toMatchObject({ storeOk: false });
    await world.clock.advance(60_000);
    expect(world.remotes.taken.length).toBe(begun);
    lease.untilMs = Infinity;
    await world.clock.advance(120_000);
    expect(states(world)).toEqual(new Set(['delivered']));
    expect(world.remotes.taken).toHaveLength(400);
    expect(new Set(world.remotes.taken).size).toBe(400);
  });

  test('while outcomes wait for the store no attempt begins, what is under way ends, and what waits goes on after', async () => {
    const lease = new FakeLease();
    await using world = new World({}, { lease });
    world.remotes.behave(MX, { transactionMs: 100 });
    await submitMany(world, 400);
    await world.clock.advance(350);
    const underWay = world.delivery.stats().claimed - world.remotes.taken.length;
    expect(underWay).toBeGreaterThan(0);
    lease.takesOutcomes = false;
    const before = world.remotes.taken.length;
    await world.clock.advance(100);
    const ended = world.remotes.taken.length;
    expect(ended).toBeGreaterThan(before);
    expect(ended).toBeLessThan(400);
    expect(world.delivery.stats()).toMatchObject({ storeOk: false });
    await world.clock.advance(60_000);
    expect(world.remotes.taken.length).toBe(ended);
    lease.takesOutcomes = true;
    await world.clock.advance(120_000);
    expect(states(world)).toEqual(new Set(['delivered']));
    expect(new Set(world.remotes.taken).size).toBe(400);
  });

  test('an attempt that it does not outlast is broken off before its final dot, and blames nobody', async () => {
    const lease = new FakeLease();
    await using world = new World({}, { lease });
    world.remotes.behave(MX, { transactionMs: 10_000 });
    lease.untilMs = world.clock.monotonic() + 5_000;
    await submitMany(world, 1);
    await world.clock.advance(11_000);
    expect(world.remotes.taken).toEqual([]);
    expect(world.spool.of('r0@dest.test').state).toBe('deferred');
    expect(world.spool.blocks.size).toBe(0);
    lease.untilMs = Infinity;
    await world.clock.advance(120_000);
    expect(world.spool.of('r0@dest.test').state).toBe('delivered');
  });

  test('an attempt of an earlier life is broken off, although a new one holds', async () => {
    const lease = new FakeLease();
    await using world = new World({}, { lease });
    world.remotes.behave(MX, { transactionMs: 10_000 });
    await submitMany(world, 1);
    await world.clock.advance(1_000);
    lease.life = 2;
    await world.clock.advance(10_000);
    expect(world.remotes.taken).toEqual([]);
  });

  test('what waits in hand is given up when others ended the life it was claimed in', async () => {
    const lease = new FakeLease();
    await using world = new World({}, { lease });
    world.remotes.behave(MX, { transactionMs: 1_000 });
    await submitMany(world, 500);
    await world.clock.advance(1_500);
    expect(world.delivery.stats().claimed).toBeGreaterThan(100);
    // What others took over has a new fence; the store leaves it alone here.
    world.spool.takeOver();
    lease.life = 2;
    await world.clock.advance(5_000);
    const sentBefore = world.remotes.taken.length;
    expect(world.delivery.stats()).toMatchObject({ claimed: 0, storeOk: true });
    await world.clock.advance(60_000);
    expect(world.remotes.taken.length).toBe(sentBefore);
    expect(sentBefore).toBeLessThan(500);
  });

  test('what was claimed in an earlier life is not sent when it comes after the loss of that', async () => {
    const lease = new FakeLease();
    await using world = new World({}, { lease });
    world.spool.life = 1;
    lease.life = 2;
    await submitMany(world, 3);
    await world.clock.advance(10_000);
    expect(world.remotes.taken).toEqual([]);
    expect(world.delivery.stats()).toMatchObject({ claimed: 0, storeOk: true });
    world.spool.life = 2;
    await world.clock.advance(300_000);
    expect(states(world)).toEqual(new Set(['delivered']));
  });

  test('what waits for its next host as its life ends is not sent in the one that follows', async () => {
    const lease = new FakeLease();
    await using world = new World({}, { lease });
    world.spool.life = 1;
    const hosts = ['192.0.2.10', '192.0.2.20'].map((address, index) => ({
      ...{ name: `mx${index}.test`, preference: index, addresses: [address] },
    }));
    world.routes.set('dest.test', { kind: 'hosts', site: 'mx0.test,mx1.test', hosts, ttlMs: HOUR_MS });
    world.remotes.behave('192.0.2.10', {
      reply: () => ({ reply: { code: 452, status: '4.3.1', text: 'no space' }, stage: 'mail', sharedBy: 1 }),
    });
    world.remotes.behave('192.0.2.20', { connectMs: 10_000 });
    await submitMany(world, 1);
    await world.clock.advance(5_000);
    world.spool.takeOver();
    lease.life = 2;
    await world.clock.advance(20_000);
    expect(world.remotes.taken).toEqual([]);
    expect(world.delivery.stats()).toMatchObject({ claimed: 0, storeOk: true });
  });
});
