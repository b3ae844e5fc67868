/** What waits for a limit of shaping: it does not fail, says what it waits for, and is claimed when the time has come. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { ClaimedDelivery } from '../../../src/store/delivery-records.ts';
import { benchFor, type Engine } from './engine.ts';
import { acceptMany, claimAll, deliveriesOf, HOUR_MS, MINUTE_MS, newMessage } from './fixtures.ts';

export function describeLimitWaits(engine: Engine): void {
  describe('what waits for a limit', () => {
    const bench = benchFor(engine);
    const LIMIT = 'rule a: 20 messages a minute';

    test('is a destination that does not fail: nothing of it is claimed until then', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      await acceptMany(store, 2);
      const block = { destination: 'example.com', failures: 2, lastError: '421 later' };
      await store.spool.blockDestinations([{ ...block, untilMs: nowMs - 1 }]);
      const waits = { ...block, failures: 0, lastError: '', waitsFor: LIMIT };
      await store.spool.blockDestinations([{ ...waits, untilMs: nowMs + HOUR_MS / 10 }]);
      expect(await store.queue.destination('example.com')).toMatchObject({
        ...{ failures: 2, lastError: '421 later', waitsFor: LIMIT },
        blockedUntilMs: nowMs + HOUR_MS / 10,
      });
      expect((await claimAll(store.spool)).claims).toEqual([]);
      await store.spool.blockDestinations([{ ...waits, untilMs: nowMs, waitsFor: '' }]);
      const after = await store.queue.destination('example.com');
      expect(after).toMatchObject({ failures: 2, blockedUntilMs: undefined });
      expect(after?.waitsFor).toBeUndefined();
      expect(deliveriesOf((await claimAll(store.spool)).claims)).toHaveLength(2);
    });

    test('shortens no longer block, and is over when the destination fails', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      await acceptMany(store, 1);
      const fails = { destination: 'example.com', failures: 1, lastError: '421 later' };
      const waits = { ...fails, failures: 0, lastError: '', waitsFor: LIMIT };
      await store.spool.blockDestinations([{ ...fails, untilMs: nowMs + 9 * MINUTE_MS }]);
      await store.spool.blockDestinations([{ ...waits, untilMs: nowMs + MINUTE_MS }]);
      await store.spool.blockDestinations([{ ...waits, untilMs: nowMs, waitsFor: '' }]);
      const failing = await store.queue.destination('example.com');
      expect(failing).toMatchObject({ failures: 1, blockedUntilMs: nowMs + 9 * MINUTE_MS });
      expect(failing?.waitsFor).toBeUndefined();
    });

    test('goes when the destination is resumed, whichever relay had put it off; one that fails stays left alone', async () => {
      const store = await bench().open();
      const untilMs = systemClock.now() + 9 * MINUTE_MS;
      await acceptMany(store, 1);
      const block = { destination: 'example.com', untilMs, failures: 0, lastError: '', waitsFor: LIMIT };
      await store.spool.blockDestinations([block]);
      const resume = () => store.queue.suspendDestination('example.com', false, systemClock.now(), 'cli');
      await resume();
      expect(await store.queue.destination('example.com')).toMatchObject({ blockedUntilMs: undefined });
      const { claims } = await claimAll(store.spool);
      expect(deliveriesOf(claims)).toHaveLength(1);
      const fails = { destination: 'example.com', untilMs, failures: 1, lastError: '421 later' };
      await store.spool.blockDestinations([fails]);
      await resume();
      expect(await store.queue.destination('example.com')).toMatchObject({
        failures: 1,
        blockedUntilMs: untilMs,
      });
    });

    test('is a delivery with a time of its own, which is claimed then and not before', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      const message = await newMessage(store, { acceptedAtMs: nowMs });
      await store.spool.accept(message);
      const [delivery] = deliveriesOf((await claimAll(store.spool)).claims);
      if (delivery === undefined) throw new Error('nothing was claimed');
      await store.spool.settle({
        nowMs,
        dsns: [],
        settlements: [
          {
            ...{ deliveryId: delivery.deliveryId, fence: delivery.fence, state: 'queued', attempts: [] },
            ...{ event: undefined, suppression: undefined, countsAsAttempt: false },
            nextAttemptAtMs: nowMs + HOUR_MS,
            waitsFor: LIMIT,
          },
        ],
      });
      expect((await claimAll(store.spool)).claims).toEqual([]);
      const [seen] = (await store.queue.messageById(message.facts.id))?.deliveries ?? [];
      expect(seen).toMatchObject({ state: 'queued', attempts: 0, nextAttemptAtMs: nowMs + HOUR_MS });
    });

    test('is found by its limit, and goes when that has changed; what waits for another one, or failed, stays', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      await acceptMany(store, 4);
      await acceptMany(store, 1, { recipients: ['a@other.example'] });
      const release = (delivery: ClaimedDelivery, waitsFor: string | undefined) => ({
        ...{ deliveryId: delivery.deliveryId, fence: delivery.fence, state: 'queued' as const, attempts: [] },
        ...{ event: undefined, suppression: undefined, countsAsAttempt: false, waitsFor },
        nextAttemptAtMs: nowMs + HOUR_MS,
      });
      const claimed = deliveriesOf((await claimAll(store.spool)).claims);
      const words = [LIMIT, LIMIT, 'rule b: 1 message a day', undefined];
      const here = claimed.filter(({ recipient }) => !recipient.endsWith('@other.example'));
      const there = claimed.filter(({ recipient }) => recipient.endsWith('@other.example'));
      await store.spool.settle({
        ...{ nowMs, dsns: [] },
        settlements: [
          ...here.map((delivery, at) => release(delivery, words[at])),
          ...there.map((delivery) => ({ ...release(delivery, undefined), nextAttemptAtMs: nowMs })),
        ],
      });
      const until = { untilMs: nowMs + 9 * MINUTE_MS };
      await store.spool.blockDestinations([
        // It fails, and that is a limit: whoever lifts that lifts the block.
        {
          ...until,
          destination: 'other.example',
          failures: 2,
          lastError: '421 slow down',
          waitsFor: 'reply rule r',
        },
        { ...until, destination: 'fails.example', failures: 1, lastError: '421 later' },
      ]);
      expect(await store.queue.destination('other.example')).toMatchObject({
        failures: 2,
        waitsFor: 'reply rule r',
      });
      expect([...(await store.queue.limitsWaitedFor())].sort()).toEqual([
        'reply rule r',
        LIMIT,
        'rule b: 1 message a day',
      ]);
      expect((await claimAll(store.spool)).claims).toEqual([]);
      expect(await store.queue.endWaits([LIMIT, 'reply rule r', 'rule nobody'], nowMs)).toBe(3);
      const again = deliveriesOf((await claimAll(store.spool)).claims);
      expect(again.map(({ recipient }) => recipient.split('@')[1]).sort()).toEqual([
        'example.com',
        'example.com',
        'other.example',
      ]);
      expect(await store.queue.destination('fails.example')).toMatchObject({ blockedUntilMs: until.untilMs });
      expect(await store.queue.destination('other.example')).toMatchObject({
        failures: 2,
        blockedUntilMs: undefined,
      });
      expect(await store.queue.limitsWaitedFor()).toEqual(['rule b: 1 message a day']);
    });

    test('is looked at in steps, however many wait, and in the order in which they were due', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      await acceptMany(store, 700);
      for (let left = 700; left > 0;) {
        const claimed = deliveriesOf((await claimAll(store.spool)).claims);
        left -= claimed.length;
        await store.spool.settle({
          ...{ nowMs, dsns: [] },
          settlements: claimed.map(({ deliveryId, fence }) => ({
            ...{ deliveryId, fence, state: 'queued' as const, attempts: [], event: undefined },
            ...{ suppression: undefined, countsAsAttempt: false, waitsFor: LIMIT },
            nextAttemptAtMs: nowMs + HOUR_MS,
          })),
        });
      }
      expect(await store.queue.endWaits([LIMIT], nowMs)).toBe(700);
      expect(await store.queue.endWaits([LIMIT], nowMs)).toBe(0);
      expect(deliveriesOf((await claimAll(store.spool)).claims).length).toBeGreaterThan(0);
    });
  });
}
