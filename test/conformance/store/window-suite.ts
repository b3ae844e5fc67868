/** Tokens of windows: none has more than the limit says, whoever asks. What waits for a limit is told of as such. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { WindowLeaseRequest } from '../../../src/store/shaping.ts';
import { benchFor, type Engine } from './engine.ts';
import { acceptMany, claimAll, deliveriesOf, HOUR_MS, MINUTE_MS, newMessage } from './fixtures.ts';

const SECOND_MS = 1_000;

const ask = (
  nowMs: number,
  wanted: number,
  changes: Partial<WindowLeaseRequest> = {},
): WindowLeaseRequest => ({
  ...{ bucket: 'a minute', windowMs: MINUTE_MS, limit: 20, wanted, nowMs },
  ...changes,
});

export function describeWindows(engine: Engine): void {
  describe('windows of shaping', () => {
    const bench = benchFor(engine);

    test('give out what the limit says, and say when there is more', async () => {
      const { shaping } = await bench().open();
      const startMs = 1_000 * HOUR_MS;
      expect(await shaping.leaseWindow(ask(startMs, 15))).toEqual({
        granted: 15,
        endsAtMs: startMs + SECOND_MS,
        moreAtMs: undefined,
      });
      expect(await shaping.leaseWindow(ask(startMs + 30 * SECOND_MS, 15))).toMatchObject({
        granted: 5,
        moreAtMs: startMs + 61 * SECOND_MS,
      });
      expect(await shaping.leaseWindow(ask(startMs + 60 * SECOND_MS, 1))).toMatchObject({ granted: 0 });
      expect(await shaping.leaseWindow(ask(startMs + 61 * SECOND_MS, 20))).toMatchObject({ granted: 15 });
    });

    test('give out no more to many that ask at once', async () => {
      const { shaping } = await bench().open();
      const leases = await Promise.all(
        Array.from({ length: 30 }, (_one, i) => shaping.leaseWindow(ask(HOUR_MS + i, 3))),
      );
      expect(leases.reduce((sum, { granted }) => sum + granted, 0)).toBe(20);
    });

    test('outlast a restart, and clocks that are set back', async () => {
      const { open } = bench();
      const before = await open();
      await before.shaping.leaseWindow(ask(HOUR_MS, 12));
      await before.close();
      const { shaping } = await open();
      expect(await shaping.leaseWindow(ask(HOUR_MS + SECOND_MS, 20))).toMatchObject({ granted: 8 });
      expect(await shaping.leaseWindow(ask(HOUR_MS - 30 * SECOND_MS, 20))).toMatchObject({ granted: 0 });
    });

    test('take back what was not used, in its slot alone', async () => {
      const { shaping } = await bench().open();
      const { endsAtMs } = await shaping.leaseWindow(ask(HOUR_MS, 20));
      await shaping.returnTokens([{ bucket: 'a minute', windowMs: MINUTE_MS, endsAtMs, count: 6 }]);
      expect(await shaping.leaseWindow(ask(HOUR_MS + 2 * SECOND_MS, 20))).toMatchObject({ granted: 6 });
      await shaping.returnTokens([{ bucket: 'a minute', windowMs: MINUTE_MS, endsAtMs, count: 100 }]);
      expect(await shaping.leaseWindow(ask(HOUR_MS + 3 * SECOND_MS, 20))).toMatchObject({ granted: 14 });
    });

    test('count each bucket and length apart', async () => {
      const { shaping } = await bench().open();
      for (const changes of [{}, { bucket: 'b' }, { bucket: 'an hour', windowMs: HOUR_MS }])
        expect(await shaping.leaseWindow(ask(HOUR_MS, 20, changes))).toMatchObject({ granted: 20 });
    });
  });

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
