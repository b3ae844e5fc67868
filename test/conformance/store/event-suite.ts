/** The event log: what an event carries, filters, a cursor that moves on, events about accounts. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Engine, OpenedStore } from './engine.ts';
import { benchFor } from './engine.ts';
import { allEvents, claimAll, defaultAccountId, newMessage, settleAll } from './fixtures.ts';

export function describeEvents(engine: Engine): void {
  describe('events', () => {
    const bench = benchFor(engine);
    const read = (store: OpenedStore, parts: object = {}) =>
      store.events.readEvents({ ...allEvents(), ...parts });

    test('carry tags and metadata of their message, from acceptance to the end', async () => {
      const store = await bench().open();
      const message = await newMessage(store, { tags: ['invoice'] });
      const facts = { ...message.facts, metadata: { order: '42' } };
      await store.spool.accept({ ...message, facts });
      await settleAll(store.spool, (await claimAll(store.spool)).claims, { state: 'delivered' });
      const { events } = await read(store);
      expect(events.map(({ type }) => type)).toEqual(['accepted', 'delivered']);
      for (const event of events)
        expect(event).toMatchObject({ tags: ['invoice'], metadata: { order: '42' }, messageId: facts.id });
    });

    test('count what bounced by class, up to an event', async () => {
      const store = await bench().open();
      const bounce = async (data: object) => {
        await store.spool.accept(await newMessage(store));
        const event = { type: 'bounced', atMs: systemClock.now(), data } as never;
        await settleAll(store.spool, (await claimAll(store.spool)).claims, { state: 'bounced', event });
        return await store.events.lastEventSequence();
      };
      await bounce({ class: 'policy' });
      const second = await bounce({ class: 'unknown-user' });
      const last = await bounce({});
      const counted = (after: number, upTo: number) => store.events.countBounces(after, upTo);
      expect(await counted(0, last)).toEqual({
        classes: { policy: 1, 'unknown-user': 1, undefined: 1 },
        next: last,
      });
      expect(await counted(second - 1, second)).toEqual({ classes: { 'unknown-user': 1 }, next: second });
      expect(await counted(last, last)).toEqual({ classes: {}, next: last });
      expect(await counted(0, 10_000_000)).toMatchObject({ next: 50_000 });
    });

    test('tell their latest time, which is not that of the last one where the clock was set back', async () => {
      const store = await bench().open();
      expect(await store.events.newestEventMs()).toBeUndefined();
      const nowMs = systemClock.now();
      await store.spool.accept(await newMessage(store));
      const ends = { type: 'delivered', atMs: nowMs - 86_400_000, data: {} } as const;
      await settleAll(store.spool, (await claimAll(store.spool)).claims, { state: 'delivered', event: ends });
      expect((await read(store)).events.at(-1)?.atMs).toBe(ends.atMs);
      expect(await store.events.newestEventMs()).toBe((await read(store)).events[0]?.atMs);
    });

    test('are filtered by stream, tag and account', async () => {
      const store = await bench().open();
      const marked = await newMessage(store, { stream: 'broadcast', tags: ['a', 'b'] });
      await store.spool.accept(marked);
      await store.spool.accept(await newMessage(store, { tags: ['c'] }));
      const ids = async (parts: object) =>
        (await read(store, parts)).events.map(({ messageId }) => messageId);
      expect(await ids({ stream: 'broadcast' })).toEqual([marked.facts.id]);
      expect(await ids({ tag: 'b' })).toEqual([marked.facts.id]);
      expect(await ids({ tag: 'd' })).toEqual([]);
      expect(await ids({ accountId: await defaultAccountId(store) })).toHaveLength(2);
      expect(await ids({ accountId: 'acc_none' })).toEqual([]);
    });

    test('a read looks at a bounded number of rows, and the cursor moves on when nothing matched', async () => {
      const store = await bench().open();
      const recipients = Array.from({ length: 500 }, (_, index) => `r${index}@example.com`);
      for (let count = 0; count < 11; count++)
        await store.spool.accept(await newMessage(store, { recipients }));
      const last = await newMessage(store, { tags: ['rare'] });
      await store.spool.accept(last);
      const first = await read(store, { tag: 'rare' });
      expect(first).toMatchObject({ events: [], more: true });
      expect(first.next).toBeGreaterThan(0);
      expect(first.next).toBeLessThan(await store.events.lastEventSequence());
      const second = await read(store, { tag: 'rare', after: first.next });
      expect(second.events.map(({ messageId }) => messageId)).toEqual([last.facts.id]);
      expect(second).toMatchObject({ next: await store.events.lastEventSequence(), more: false });
      expect(await read(store, { after: second.next })).toEqual({
        events: [],
        next: second.next,
        more: false,
      });
      // Of one message it is found wherever it is, and everything else is behind the cursor then.
      const ofOne = await read(store, { messageId: last.facts.id });
      expect(ofOne).toMatchObject({ events: [{ messageId: last.facts.id }], next: second.next });
    });

    test('a page that is full goes on behind its last event', async () => {
      const store = await bench().open();
      for (let count = 0; count < 5; count++) await store.spool.accept(await newMessage(store));
      const seen: number[] = [];
      let page = await read(store, { limit: 2 });
      for (; ; page = await read(store, { limit: 2, after: page.next })) {
        seen.push(...page.events.map(({ sequence }) => sequence));
        if (!page.more) break;
      }
      expect(seen).toEqual([1, 2, 3, 4, 5]);
    });

    test('a decision of health is an event of its account, once', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      const atMs = systemClock.now();
      const decided = { accountId, stream: 'broadcast', reason: '12 % bounced', perMinute: undefined, atMs };
      await store.health.setHealth({ ...decided, level: 'warn' }, 'health');
      await store.health.setHealth({ ...decided, level: 'warn' }, 'health');
      await store.health.setHealth({ ...decided, level: 'throttle', perMinute: 60 }, 'health');
      await store.health.setHealth({ ...decided, stream: '', level: 'hold' }, 'health');
      await store.health.releaseHealth({ accountId, stream: undefined }, atMs, 'relayctl:alice');
      const { events } = await read(store);
      const common = { type: 'health_changed', messageId: undefined, recipient: undefined, tags: [] };
      expect(events).toMatchObject([
        { ...common, stream: 'broadcast', data: { level: 'warn', before: 'good', reason: '12 % bounced' } },
        { ...common, stream: 'broadcast', data: { level: 'throttle', before: 'warn', per_minute: 60 } },
        { ...common, stream: undefined, data: { level: 'hold', before: 'good' } },
        { ...common, data: { level: 'good', reason: 'released by relayctl:alice' } },
        { ...common, data: { level: 'good', reason: 'released by relayctl:alice' } },
      ]);
      expect(events.slice(3).map(({ data }) => data['before'])).toEqual(
        expect.arrayContaining(['throttle', 'hold']),
      );
    });
  });
}
