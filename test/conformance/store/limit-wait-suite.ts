/** What waits for a limit of shaping: it does not fail, says what it waits for, and is claimed when the time has come. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
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
  });
}
