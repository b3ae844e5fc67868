/** What an operator wants of deliveries that a worker has in hand: durable at once, done when they return unfinished. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { DeliverySelection } from '../../../src/store/queue-admin.ts';
import { eventually } from '../../support/eventually.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import {
  acceptMany,
  allEvents,
  claimAll,
  deliveriesOf,
  HOUR_MS,
  recordingListener,
  ROOMY,
  settleAll,
} from './fixtures.ts';

const ALL: DeliverySelection = { accountId: undefined, id: undefined, destination: undefined };
const RELEASED = { state: 'queued', attempts: [], event: undefined, countsAsAttempt: false } as const;

export function describeWishes(engine: Engine): void {
  describe('wishes of claimed deliveries', () => {
    const bench = benchFor(engine);

    /** A store with claimed deliveries of as many messages. */
    const claimed = async (count: number) => {
      const store = await bench().open();
      await acceptMany(store, count);
      return { store, claims: (await claimAll(store.spool)).claims };
    };

    test('what returns untried is held or cancelled, once', async () => {
      const { store, claims } = await claimed(4);
      const now = systemClock.now();
      const [first, second, third] = claims.map(({ facts }) => facts.id);
      expect(await store.queue.hold({ ...ALL, id: first }, now, 'test')).toBe(1);
      expect(await store.queue.hold({ ...ALL, id: first }, now, 'test')).toBe(0);
      expect(await store.queue.cancel({ ...ALL, id: second }, now, 'test')).toBe(1);
      expect(await store.queue.cancel({ ...ALL, id: second }, now, 'test')).toBe(0);
      expect(await store.queue.hold({ ...ALL, id: second }, now, 'test')).toBe(0);
      expect(await store.queue.retry({ ...ALL, id: third }, now, 'test')).toBe(0);
      expect(await settleAll(store.spool, claims, RELEASED)).toEqual({ written: 4 });
      expect(await store.queue.summary(1)).toMatchObject({ held: 1, queued: 2 });
      expect(await cancelledEvents(store)).toHaveLength(1);
      expect((await store.queue.messageById(second!))!.deliveries).toMatchObject([
        { state: 'cancelled', claimed: false, wish: undefined },
      ]);
      expect(deliveriesOf((await claimAll(store.spool)).claims)).toHaveLength(2);
    });

    test('an attempt under way goes on: its outcome stands, and what is deferred is held or cancelled', async () => {
      const { store, claims } = await claimed(4);
      const nowMs = systemClock.now();
      const [one, two, three, four] = claims;
      const deferred = { state: 'deferred', nextAttemptAtMs: nowMs + HOUR_MS } as const;
      await store.queue.hold({ ...ALL, id: one!.facts.id }, nowMs, 'test');
      await store.queue.hold({ ...ALL, id: two!.facts.id }, nowMs, 'test');
      await store.queue.cancel({ ...ALL, id: three!.facts.id }, nowMs, 'test');
      await store.queue.cancel({ ...ALL, id: four!.facts.id }, nowMs, 'test');
      await settleAll(store.spool, [one!, three!]);
      await settleAll(store.spool, [two!, four!], deferred);
      const stateOf = async (claim: typeof one) =>
        (await store.queue.messageById(claim!.facts.id))!.deliveries[0]!;
      expect(await stateOf(one)).toMatchObject({ state: 'delivered', wish: undefined });
      expect(await stateOf(three)).toMatchObject({ state: 'delivered', wish: undefined });
      expect(await stateOf(two)).toMatchObject({ state: 'held', attempts: 1 });
      expect(await stateOf(four)).toMatchObject({
        state: 'cancelled',
        attempts: 1,
        nextAttemptAtMs: undefined,
      });
      expect((await stateOf(four)).settledAtMs).toBeGreaterThanOrEqual(Math.floor(nowMs));
      expect(await cancelledEvents(store)).toHaveLength(1);
      expect(await store.queue.summary(1)).toMatchObject({ held: 1, queued: 0, deferred: 0 });
    });

    test('release takes back a hold, and never a cancellation', async () => {
      const { store, claims } = await claimed(2);
      const now = systemClock.now();
      const [first, second] = claims.map(({ facts }) => facts.id);
      await store.queue.hold({ ...ALL, id: first }, now, 'test');
      await store.queue.cancel({ ...ALL, id: second }, now, 'test');
      expect(await store.queue.release(ALL, now, 'test')).toBe(1);
      await settleAll(store.spool, claims, RELEASED);
      expect(await store.queue.summary(1)).toMatchObject({ queued: 1, held: 0 });
      expect(await cancelledEvents(store)).toHaveLength(1);
    });

    test('every kind of selection means what is claimed too', async () => {
      const store = await bench().open();
      await acceptMany(store, 2, { recipients: ['a@one.example', 'b@two.example'] });
      await claimAll(store.spool);
      await acceptMany(store, 1, { recipients: ['a@one.example'] });
      const now = systemClock.now();
      expect(await store.queue.hold({ ...ALL, destination: 'one.example' }, now, 'test')).toBe(3);
      expect(await store.queue.hold({ ...ALL, stream: 'transactional' }, now, 'test')).toBe(2);
      expect(await store.queue.hold(ALL, now, 'test')).toBe(0);
      expect(await store.queue.release(ALL, now, 'test')).toBe(5);
    });

    test('cancel may leave alone what a worker has in hand', async () => {
      const { store, claims } = await claimed(1);
      const { id } = claims[0]!.facts;
      expect(await store.queue.cancel({ ...ALL, id }, systemClock.now(), 'test', true)).toBe(0);
      await settleAll(store.spool, claims, RELEASED);
      expect(await store.queue.summary(1)).toMatchObject({ queued: 1 });
    });

    test('the worker is told, once, whoever changed it', async () => {
      const { open } = bench();
      const relay = await open();
      const feed = recordingListener();
      relay.spool.openFeed(ROOMY, feed);
      await acceptMany(relay, 3);
      await eventually(() => feed.claims.length === 3);
      const [first, ...others] = deliveriesOf(feed.claims);
      await relay.queue.hold({ ...ALL, id: first!.id }, systemClock.now(), 'test');
      await eventually(() => feed.recalled.length === 1);
      expect(feed.recalled).toEqual([first!.deliveryId]);
      const tool = await open({ exclusive: false });
      expect(await tool.queue.cancel(ALL, systemClock.now(), 'relayctl')).toBe(3);
      await eventually(() => feed.recalled.length === 3);
      expect(feed.recalled.slice(1).sort()).toEqual(others.map(({ deliveryId }) => deliveryId).sort());
      await settleAll(relay.spool, feed.claims, RELEASED);
      expect(await relay.queue.summary(1)).toMatchObject({ queued: 0, held: 0 });
      expect(await cancelledEvents(relay)).toHaveLength(3);
    });

    test('what was wished outlasts the end of the process', async () => {
      const { open } = bench();
      const before = await open();
      await acceptMany(before, 3);
      const { claims } = await claimAll(before.spool);
      const [first, second] = claims.map(({ facts }) => facts.id);
      await before.queue.hold({ ...ALL, id: first }, systemClock.now(), 'test');
      await before.queue.cancel({ ...ALL, id: second }, systemClock.now(), 'test');
      await before.close();
      const after = await open();
      after.spool.openFeed({ ...ROOMY, maxDeliveries: 0 }, recordingListener());
      await eventually(async () => (await after.queue.summary(1)).held === 1);
      await eventually(async () => (await cancelledEvents(after)).length === 1);
      expect(deliveriesOf((await claimAll(after.spool)).claims).map(({ id }) => id)).toEqual([
        claims[2]!.deliveries[0]!.id,
      ]);
      expect(await after.queue.summary(1)).toMatchObject({ held: 1, queued: 1 });
    });

    test(
      'two commands that undo each other both end, and the counts are right',
      { timeout: 60_000 },
      async () => {
        const store = await bench().open();
        for (let part = 0; part < 4; part++) await acceptMany(store, 200);
        const now = systemClock.now();
        await Promise.all([store.queue.hold(ALL, now, 'one'), store.queue.release(ALL, now, 'other')]);
        const { held, queued, scheduled, deferred } = await store.queue.summary(1);
        expect(held + queued).toBe(800);
        expect(scheduled + deferred).toBe(0);
        await store.queue.hold(ALL, now, 'one');
        expect(await store.queue.summary(1)).toMatchObject({ held: 800, queued: 0 });
      },
    );

    test('reroute is due at once, held or not, and says its route at every claim', async () => {
      const store = await bench().open();
      const laterMs = systemClock.now() + HOUR_MS;
      await acceptMany(store, 3);
      const { claims } = await claimAll(store.spool);
      const [waiting, held, inHand] = claims;
      await settleAll(store.spool, [waiting!], { state: 'deferred', nextAttemptAtMs: laterMs });
      await settleAll(store.spool, [held!], { state: 'held', event: undefined, heldBy: 'monday' });
      await acceptMany(store, 1, { sendAtMs: laterMs });
      const now = systemClock.now();
      expect(await store.queue.reroute(ALL, 'smart', now, 'test')).toBe(4);
      await settleAll(store.spool, [inHand!], { state: 'deferred', nextAttemptAtMs: laterMs });
      const again = deliveriesOf((await claimAll(store.spool, { nowMs: systemClock.now() + 1 })).claims);
      expect(again).toHaveLength(3);
      for (const delivery of again) expect(delivery).toMatchObject({ reroute: 'smart' });
      expect(again.every(({ heldBy }) => heldBy === undefined)).toBe(true);
      expect(await store.queue.summary(1)).toMatchObject({ scheduled: 1, held: 0 });
      const listed = (await store.queue.listQueue(ALL, 10)).flatMap(({ deliveries }) => deliveries);
      expect(listed.map(({ reroute }) => reroute)).toEqual(['smart', 'smart', 'smart', 'smart']);
    });

    test('reroute takes what is sent before its time, and what is queued after an attempt', async () => {
      const store = await bench().open();
      const now = systemClock.now();
      await acceptMany(store, 1);
      const { claims: first } = await claimAll(store.spool);
      await settleAll(store.spool, first, { state: 'deferred', nextAttemptAtMs: now });
      const { claims: second } = await claimAll(store.spool, { nowMs: now + 1 });
      await settleAll(store.spool, second, RELEASED);
      await acceptMany(store, 1, { sendAtMs: now + HOUR_MS });
      await store.queue.retry(ALL, now, 'test');
      expect(await store.queue.summary(1)).toMatchObject({ queued: 2 });
      expect(await store.queue.reroute(ALL, 'smart', now, 'test')).toBe(2);
      expect(await store.queue.summary(1)).toMatchObject({ queued: 2 });
      const again = deliveriesOf((await claimAll(store.spool, { nowMs: systemClock.now() + 1 })).claims);
      expect(again.map(({ reroute }) => reroute)).toEqual(['smart', 'smart']);
    });
  });
}

async function cancelledEvents(store: OpenedStore) {
  return (await store.events.readEvents({ ...allEvents(), types: ['cancelled'] })).events;
}
