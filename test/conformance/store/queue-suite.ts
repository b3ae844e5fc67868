/** What an operator sees and does: lists, summary, retry, hold, release, cancel, suspend; beside the running relay. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { DeliverySelection, MessageFilter } from '../../../src/store/queue-admin.ts';
import type { NewDelivery } from '../../../src/store/message-records.ts';
import { eventually } from '../../support/eventually.ts';
import type { Engine, OpenedStore } from './engine.ts';
import { benchFor } from './engine.ts';
import {
  acceptMany,
  allEvents,
  allMessages,
  claimAll,
  defaultAccountId,
  deliveriesOf,
  HOUR_MS,
  newMessage,
  recordingListener,
  ROOMY,
  settleAll,
} from './fixtures.ts';

const ALL: DeliverySelection = { accountId: undefined, id: undefined, destination: undefined };

export function describeQueue(engine: Engine): void {
  describe('queue', () => {
    const bench = benchFor(engine);

    test('lists are newest first, page by id and filter by what a message and its deliveries are', async () => {
      const store = await bench().open();
      await store.directory.addAccount({ id: 'acc_other', name: 'other', createdAtMs: 0 }, 'test');
      const draft = { recipients: ['a@one.example', 'b@two.example'] };
      const ids: string[] = [];
      for (const part of [{ tags: ['x'] }, { stream: 'news' }, { accountId: 'acc_other' }, {}]) {
        const message = await newMessage(store, { ...draft, ...part });
        ids.unshift(message.facts.id);
        await store.spool.accept(message);
      }
      ids.sort().reverse();
      const list = async (filter: Partial<MessageFilter>) =>
        (await store.queue.listMessages({ ...allMessages(), ...filter })).map(({ facts }) => facts.id);
      expect(await list({})).toEqual(ids);
      expect(await list({ limit: 2 })).toEqual(ids.slice(0, 2));
      expect(await list({ before: ids[1]! })).toEqual(ids.slice(2));
      expect(await list({ tag: 'x' })).toHaveLength(1);
      expect(await list({ tag: 'y' })).toEqual([]);
      expect(await list({ stream: 'news' })).toHaveLength(1);
      expect(await list({ accountId: 'acc_other' })).toHaveLength(1);
      expect(
        await list({ recipient: 'a@one.example', destination: 'one.example', state: 'queued' }),
      ).toHaveLength(4);
      expect(await list({ recipient: 'a@one.example', destination: 'two.example' })).toEqual([]);
      const { claims } = await claimAll(store.spool, { limit: 1 });
      await settleAll(store.spool, claims);
      expect(await list({ state: 'delivered' })).toEqual([claims[0]!.facts.id]);
      expect(await list({ state: 'queued' })).toHaveLength(4);
      expect(await store.queue.contentIdOf(ids[0]!)).toBeTypeOf('number');
      expect(await store.queue.contentIdOf('msg_none')).toBeUndefined();
      expect(await store.queue.messageById('msg_none')).toBeUndefined();
    });

    test('the summary counts by state and destination', async () => {
      const store = await bench().open();
      expect(await store.queue.summary(5)).toEqual({
        scheduled: 0,
        queued: 0,
        deferred: 0,
        held: 0,
        oldestAtMs: undefined,
        destinations: [],
      });
      const oldest = await newMessage(store, { recipients: ['a@one.example'] });
      await store.spool.accept(oldest);
      await acceptMany(store, 3, { recipients: ['a@two.example', 'b@two.example'] });
      await acceptMany(store, 1, { sendAtMs: systemClock.now() + HOUR_MS });
      const { claims } = await claimAll(store.spool, { limitPerDestination: 1 });
      await settleAll(store.spool, claims.slice(0, 1), {
        state: 'deferred',
        nextAttemptAtMs: systemClock.now(),
      });
      const summary = await store.queue.summary(2);
      expect(summary).toMatchObject({ scheduled: 1, queued: 6, deferred: 1, held: 0 });
      expect(summary.oldestAtMs).toBe(oldest.facts.acceptedAtMs);
      expect(summary.destinations.map(({ name }) => name)).toEqual(['two.example', 'example.com']);
      await settleAll(store.spool, (await claimAll(store.spool)).claims);
      await settleAll(store.spool, claims.slice(1));
      expect(await store.queue.summary(2)).toMatchObject({ scheduled: 1, queued: 0, deferred: 0 });
    });

    test('retry makes deferred and scheduled deliveries due and lifts the block', async () => {
      const store = await bench().open();
      const { laterMs } = await deferredAndScheduled(store);
      await store.spool.blockDestinations([
        { destination: 'example.com', untilMs: laterMs, failures: 3, lastError: 'x' },
      ]);
      expect(await claimAll(store.spool)).toEqual({ claims: [], nextDueAtMs: laterMs });
      const now = systemClock.now();
      expect(await store.queue.retry({ ...ALL, destination: 'example.com' }, now, 'test')).toBe(4);
      const { claims } = await claimAll(store.spool);
      expect(
        deliveriesOf(claims)
          .map(({ state }) => state)
          .sort(),
      ).toEqual(['deferred', 'deferred', 'queued', 'queued']);
    });

    test("an account's messages come in pages, the newest first, and none of another account", async () => {
      const store = await bench().open();
      await store.directory.addAccount({ id: 'acc_other', name: 'other', createdAtMs: 0 }, 'test');
      const accountId = await defaultAccountId(store);
      await acceptMany(store, 3);
      await acceptMany(store, 2, { accountId: 'acc_other' });
      await acceptMany(store, 2, { recipients: ['rare@one.example'] });
      const page = (filter: Partial<MessageFilter>) =>
        store.queue.pageOfMessages({ ...allMessages(), limit: 3, ...filter, accountId });
      const first = await page({});
      const second = await page({ before: first.next });
      const ids = [...first.messages, ...second.messages].map(({ facts }) => facts.id);
      expect(ids).toHaveLength(5);
      expect(new Set(ids).size).toBe(5);
      const all = (await store.queue.listMessages({ ...allMessages(), accountId })).map(
        ({ facts }) => facts.id,
      );
      expect([...ids].sort()).toEqual([...all].sort());
      expect(second.next).toBeUndefined();
      expect((await page({ recipient: 'rare@one.example' })).messages).toHaveLength(2);
      expect(await page({ recipient: 'nobody@one.example' })).toEqual({ messages: [], next: undefined });
      expect((await page({ state: 'queued', limit: 10 })).messages).toHaveLength(5);
      expect((await page({ before: 'msg_00000000000000000000000000' })).messages).toEqual([]);
    });

    test('hold keeps deliveries back until release, which knows what they were', async () => {
      const store = await bench().open();
      const { laterMs } = await deferredAndScheduled(store);
      await acceptMany(store, 1, { recipients: ['a@other.example'] });
      const now = systemClock.now();
      expect(await store.queue.hold(ALL, now, 'test')).toBe(5);
      expect(await claimAll(store.spool, { nowMs: laterMs })).toEqual({ claims: [], nextDueAtMs: undefined });
      expect(await store.queue.summary(5)).toMatchObject({ held: 5, queued: 0, deferred: 0, scheduled: 0 });
      expect(await store.queue.hold(ALL, now, 'test')).toBe(0);
      expect(await store.queue.release(ALL, now, 'test')).toBe(5);
      expect(await store.queue.summary(5)).toMatchObject({ held: 0, queued: 1, deferred: 2, scheduled: 2 });
      expect(deliveriesOf((await claimAll(store.spool)).claims)).toHaveLength(3);
    });

    test('cancel settles what waits or is held, with an event; of what a worker has in hand an outcome stands', async () => {
      const store = await bench().open();
      await acceptMany(store, 3);
      const { claims } = await claimAll(store.spool, { limit: 1 });
      await store.queue.hold(
        { ...ALL, id: await otherThan(store, claims[0]!.facts.id) },
        systemClock.now(),
        'test',
      );
      expect(await store.queue.cancel(ALL, systemClock.now(), 'test')).toBe(3);
      expect(await settleAll(store.spool, claims)).toEqual({ written: 1 });
      const types = (
        await store.events.readEvents({ ...allEvents(), types: ['cancelled', 'delivered'] })
      ).events.map(({ type }) => type);
      expect(types).toEqual(['cancelled', 'cancelled', 'delivered']);
      expect(await store.queue.summary(5)).toMatchObject({ queued: 0, held: 0, oldestAtMs: undefined });
      expect(await store.queue.listMessages({ ...allMessages(), state: 'cancelled' })).toHaveLength(2);
    });

    test('a change means one delivery, one message, one account, or one destination', async () => {
      const store = await bench().open();
      await store.directory.addAccount({ id: 'acc_other', name: 'other', createdAtMs: 0 }, 'test');
      const recipients: Partial<NewDelivery>[] = [
        { recipient: 'a@one.example' },
        { recipient: 'b@two.example' },
      ];
      const message = await newMessage(store, { recipients });
      await store.spool.accept(message);
      await acceptMany(store, 2, { recipients, accountId: 'acc_other' });
      const { id } = message.facts;
      const now = systemClock.now();
      const hold = (selection: Partial<DeliverySelection>) =>
        store.queue.hold({ ...ALL, ...selection }, now, 'test');
      expect(await hold({ id: `dlv_${id.slice(4)}-2` })).toBe(1);
      expect(await hold({ id, accountId: 'acc_other' })).toBe(0);
      expect(await hold({ id, destination: 'two.example' })).toBe(0);
      expect(await hold({ id })).toBe(1);
      expect(await hold({ id: 'msg_none' })).toBe(0);
      expect(await hold({ accountId: 'acc_other', destination: 'one.example' })).toBe(2);
      expect(await hold({ destination: 'none.example' })).toBe(0);
      expect(await hold({ accountId: 'acc_other' })).toBe(2);
      await expect(hold({ accountId: 'acc_none' })).rejects.toMatchObject({ code: 'conflict' });
      expect(await store.queue.release({ ...ALL, id }, now, 'test')).toBe(2);
    });

    test('a large change is made in chunks and changes everything once', async () => {
      const store = await bench().open();
      const recipients = Array.from({ length: 500 }, (_, index) => `user${index}@example.com`);
      await acceptMany(store, 4, { recipients });
      await acceptMany(store, 1, { recipients: recipients.map((address) => address.replace('com', 'net')) });
      const now = systemClock.now();
      expect(await store.queue.hold(ALL, now, 'test')).toBe(2500);
      expect(await store.queue.cancel({ ...ALL, destination: 'example.com' }, now, 'test')).toBe(2000);
      expect(await store.queue.summary(5)).toMatchObject({ held: 500 });
      expect(
        (await store.events.readEvents({ ...allEvents(), types: ['cancelled'], limit: 5000 })).events,
      ).toHaveLength(2000);
    });

    test('of a stream means its open messages, however many, and no other mail', async () => {
      const store = await bench().open();
      await acceptMany(store, 1100, { stream: 'broadcast' });
      await acceptMany(store, 3);
      const broadcast = { ...ALL, stream: 'broadcast' };
      const now = systemClock.now();
      expect(await store.queue.hold({ ...broadcast, destination: 'other.example' }, now, 'test')).toBe(0);
      expect(await store.queue.hold(broadcast, now, 'test')).toBe(1100);
      expect(await store.queue.summary(1)).toMatchObject({ held: 1100, queued: 3 });
      expect(await store.queue.release(broadcast, now, 'test')).toBe(1100);
      expect(await store.queue.summary(1)).toMatchObject({ held: 0, queued: 1103 });
    });

    test('a suspended destination keeps its mail until it is resumed', async () => {
      const store = await bench().open();
      await store.spool.accept(await newMessage(store));
      await store.queue.suspendDestination('example.com', true, 1, 'test');
      expect(await claimAll(store.spool)).toEqual({ claims: [], nextDueAtMs: undefined });
      expect((await store.queue.summary(5)).destinations[0]).toMatchObject({ suspended: true });
      await store.queue.suspendDestination('example.com', false, 1, 'test');
      expect(deliveriesOf((await claimAll(store.spool)).claims)).toHaveLength(1);
    });

    test('what a tool changes beside the relay reaches the worker by itself', async () => {
      const { open } = bench();
      const relay = await open();
      const feed = recordingListener();
      await acceptMany(relay, 2);
      const laterMs = systemClock.now() + HOUR_MS;
      const deferred = { state: 'deferred', nextAttemptAtMs: laterMs } as const;
      await settleAll(relay.spool, (await claimAll(relay.spool)).claims, deferred);
      relay.spool.openFeed(ROOMY, feed);
      const tool = await open({ exclusive: false });
      expect(await tool.queue.retry(ALL, systemClock.now(), 'relayctl')).toBe(2);
      await eventually(() => feed.backlogs.some((atMs) => atMs < laterMs));
      expect(deliveriesOf((await claimAll(relay.spool)).claims)).toHaveLength(2);
      await tool.queue.suspendDestination('example.com', true, 1, 'relayctl');
      await relay.spool.accept(await newMessage(relay));
      expect(feed.claims).toEqual([]);
      expect(await tool.queue.cancel(ALL, systemClock.now(), 'relayctl')).toBe(3);
      expect((await claimAll(relay.spool)).claims).toEqual([]);
      expect(await relay.queue.summary(1)).toMatchObject({ queued: 0, deferred: 2 });
    });

    // Where nodes share a database, each of them is a relay.
    test.skipIf(engine.sharedDatabase)('a tool neither claims nor settles', async () => {
      const { open } = bench();
      await open();
      const tool = await open({ exclusive: false });
      await expect(claimAll(tool.spool)).rejects.toMatchObject({ code: 'locked' });
      await expect(
        tool.spool.settle({ nowMs: systemClock.now(), settlements: [], dsns: [] }),
      ).rejects.toMatchObject({
        code: 'locked',
      });
    });
  });
}

async function deferredAndScheduled(store: OpenedStore): Promise<{ laterMs: number }> {
  const laterMs = systemClock.now() + 2 * HOUR_MS;
  await acceptMany(store, 2);
  const deferred = { state: 'deferred', nextAttemptAtMs: systemClock.now() + HOUR_MS } as const;
  await settleAll(store.spool, (await claimAll(store.spool)).claims, deferred);
  await acceptMany(store, 2, { sendAtMs: systemClock.now() + HOUR_MS });
  return { laterMs };
}

async function otherThan(store: OpenedStore, id: string): Promise<string> {
  const other = (await store.queue.listMessages(allMessages())).find(({ facts }) => facts.id !== id);
  return Promise.resolve(other!.facts.id);
}
