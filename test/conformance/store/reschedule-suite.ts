/** Messages that wait for their time: another time, and what is too late. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { NewMessage } from '../../../src/store/message-records.ts';
import { eventually } from '../../support/eventually.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import {
  claimAll,
  defaultAccountId,
  deliveriesOf,
  HOUR_MS,
  newMessage,
  recordingListener,
  ROOMY,
} from './fixtures.ts';

export function describeReschedule(engine: Engine): void {
  describe('a scheduled message', () => {
    const bench = benchFor(engine);
    const nowMs = systemClock.now();

    async function scheduled(
      store: OpenedStore,
      sendAtMs = nowMs + HOUR_MS,
      recipients = ['a@example.com', 'b@example.net'],
    ): Promise<NewMessage> {
      const message = await newMessage(store, { recipients, sendAtMs, expiresAtMs: sendAtMs + 2 * HOUR_MS });
      await store.spool.accept(message);
      return message;
    }

    const change = (store: OpenedStore, { facts }: NewMessage, sendAtMs: number) =>
      store.queue.reschedule(facts.accountId, facts.id, sendAtMs, systemClock.now(), 'test');

    it('gets another time, and lives as long from then on', async () => {
      const store = await bench().open();
      const message = await scheduled(store);
      const laterMs = nowMs + 5 * HOUR_MS;
      expect(await change(store, message, laterMs)).toBe(2);
      const view = await store.queue.messageById(message.facts.id);
      expect(view?.facts.sendAtMs).toBe(laterMs);
      expect(view?.facts.expiresAtMs).toBe(laterMs + 2 * HOUR_MS);
      expect(view?.deliveries.map(({ state }) => state)).toEqual(['scheduled', 'scheduled']);
      expect(deliveriesOf((await claimAll(store.spool, { nowMs: laterMs - 1 })).claims)).toHaveLength(0);
      expect(deliveriesOf((await claimAll(store.spool, { nowMs: laterMs })).claims)).toHaveLength(2);
    });

    it('goes at once when its time is moved into the past', async () => {
      const store = await bench().open();
      const listener = recordingListener();
      store.spool.openFeed(ROOMY, listener);
      const message = await scheduled(store);
      listener.backlogs.length = 0;
      expect(await change(store, message, 0)).toBe(2);
      expect(await store.queue.summary(10)).toMatchObject({ scheduled: 0, queued: 2 });
      // Before anybody asks by itself.
      await eventually(() => Math.min(...listener.backlogs) <= systemClock.now());
      const { claims } = await claimAll(store.spool);
      expect(deliveriesOf(claims)).toHaveLength(2);
    });

    it('cannot be changed once it has started, was cancelled, or by another account', async () => {
      const store = await bench().open();
      const now = await scheduled(store, nowMs - 1);
      expect(await change(store, now, nowMs + HOUR_MS)).toBe(0);
      const cancelled = await scheduled(store);
      const selection = {
        accountId: await defaultAccountId(store),
        id: cancelled.facts.id,
        destination: undefined,
      };
      expect(await store.queue.cancel(selection, nowMs, 'test')).toBe(2);
      expect(await change(store, cancelled, nowMs)).toBe(0);
      const message = await scheduled(store);
      await store.directory.addAccount({ id: 'acc_other', name: 'other', createdAtMs: 0 }, 'test');
      expect(await store.queue.reschedule('acc_other', message.facts.id, nowMs, nowMs, 'test')).toBe(0);
      expect(await change(store, message, nowMs + 9 * HOUR_MS)).toBe(2);
      const held = await scheduled(store);
      await store.queue.hold({ ...selection, id: held.facts.id }, nowMs, 'test');
      expect(await change(store, held, nowMs)).toBe(0);
    });

    it('stays as it is when one of its deliveries has started', async () => {
      const store = await bench().open();
      const message = await scheduled(store);
      const { claims } = await claimAll(store.spool, { nowMs: nowMs + HOUR_MS, limit: 1 });
      expect(deliveriesOf(claims)).toHaveLength(1);
      expect(await change(store, message, nowMs + 9 * HOUR_MS)).toBe(0);
    });

    it('is not let past what throttles its account', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      const message = await scheduled(store);
      await store.health.setHealth(
        { accountId, stream: '', level: 'hold', reason: 'test', perMinute: undefined, atMs: nowMs },
        'test',
      );
      expect(await change(store, message, 0)).toBe(2);
      const view = await store.queue.messageById(message.facts.id);
      expect(view?.deliveries.map(({ state }) => state)).toEqual(['held', 'held']);
    });

    it('takes its place behind others in the pace of its stream, and leaves it to nobody', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      const message = await scheduled(store);
      const { stream } = message.facts;
      await store.health.setHealth(
        { accountId, stream, level: 'throttle', reason: 'test', perMinute: 2, atMs: nowMs },
        'test',
      );
      const beforeMs = systemClock.now();
      for (let count = 0; count < 3; count++) await store.spool.accept(await newMessage(store, { stream }));
      expect(await change(store, message, 0)).toBe(2);
      const behind = await newMessage(store, { stream });
      await store.spool.accept(behind);
      const dueOf = async ({ facts }: NewMessage) =>
        (await store.queue.messageById(facts.id))?.deliveries[0]?.nextAttemptAtMs ?? 0;
      const [rescheduledMs, behindMs] = [await dueOf(message), await dueOf(behind)];
      expect(rescheduledMs - beforeMs).toBeGreaterThanOrEqual(90_000);
      expect(behindMs - rescheduledMs).toBe(60_000);
    });
  });
}
