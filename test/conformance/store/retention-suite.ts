/** Retention: what goes when, in what order, and what stays. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { MAX_CHUNK_BYTES } from '../../../src/store/message-records.ts';
import { eventually } from '../../support/eventually.ts';
import type { Engine, OpenedStore } from './engine.ts';
import { benchFor } from './engine.ts';
import { acceptMany, allEvents, allMessages, claimAll, HOUR_MS, newMessage, settleAll } from './fixtures.ts';

const AGES = { contentMs: HOUR_MS, metadataMs: 10 * HOUR_MS, eventsMs: 20 * HOUR_MS };

export function describeRetention(engine: Engine): void {
  describe('retention', () => {
    const bench = benchFor(engine);

    test('content goes first, then the message, then its events', async () => {
      const store = await bench().open();
      await acceptMany(store, 2);
      const { claims } = await claimAll(store.spool);
      await settleAll(store.spool, claims.slice(0, 1));
      const now = systemClock.now();
      const clean = (hours: number) => store.retention.clean(now + hours * HOUR_MS, AGES);
      expect(await clean(0.5)).toMatchObject({ contents: 0, messages: 0, events: 0, more: false });
      expect(await clean(2)).toMatchObject({ contents: 1, messages: 0 });
      const [settled, open] = [claims[0]!, claims[1]!];
      expect(await store.content.chunkCount(settled.contentId)).toBe(0);
      await expect(store.content.readChunk(settled.contentId, 0)).rejects.toThrow();
      expect(await store.queue.messageById(settled.facts.id)).toMatchObject({ hasContent: false });
      expect((await store.content.readChunk(open.contentId, 0)).length).toBeGreaterThan(0);
      expect(await clean(11)).toMatchObject({ contents: 0, messages: 1 });
      expect(await store.queue.messageById(settled.facts.id)).toBeUndefined();
      expect(await store.queue.messageById(open.facts.id)).toMatchObject({ hasContent: true });
      const ofRemoved = { ...allEvents(), messageId: settled.facts.id };
      expect((await store.events.readEvents(ofRemoved)).events.map(({ type }) => type)).toEqual([
        'accepted',
        'delivered',
      ]);
      expect(await clean(21)).toMatchObject({ messages: 0, events: 3 });
      expect((await store.events.readEvents(ofRemoved)).events).toEqual([]);
      const last = await store.events.lastEventSequence();
      await settleAll(store.spool, claims.slice(1));
      expect(await store.events.lastEventSequence()).toBeGreaterThan(last + 3);
    });

    test('a destination without deliveries goes, one that is blocked or suspended stays', async () => {
      const store = await bench().open();
      for (const name of ['gone', 'suspended'])
        await acceptMany(store, 1, { recipients: [`a@${name}.example`] });
      await settleAll(store.spool, (await claimAll(store.spool)).claims);
      await store.queue.suspendDestination('suspended.example', true, 1, 'test');
      await cleanAll(store, systemClock.now() + 100 * HOUR_MS);
      expect(
        (await store.queue.summary(9)).destinations.map(({ name, counts }) => [name, counts.delivered]),
      ).toEqual([['suspended.example', 0]]);
      await acceptMany(store, 1, { recipients: ['a@gone.example'] });
      expect((await claimAll(store.spool)).claims).toHaveLength(1);
    });

    test('it works through many in bounded steps', async () => {
      const store = await bench().open();
      await acceptMany(store, 250);
      await settleAll(store.spool, (await claimAll(store.spool)).claims);
      const later = systemClock.now() + 2 * HOUR_MS;
      expect(await store.retention.clean(later, AGES)).toMatchObject({ contents: 100, more: true });
      expect(await cleanAll(store, later)).toBe(150);
      expect(await store.queue.listMessages({ ...allMessages(), limit: 1000 })).toHaveLength(250);
    });

    test('a content of many chunks goes bit by bit', async () => {
      const store = await bench().open();
      const chunkCount = 40;
      for (let index = 0; index < chunkCount; index++) {
        await store.spool.putChunk('big', index, new Uint8Array(MAX_CHUNK_BYTES));
      }
      await store.spool.accept({
        ...(await newMessage(store)),
        content: { kind: 'chunks', upload: 'big', chunkCount },
      });
      const { claims } = await claimAll(store.spool);
      await settleAll(store.spool, claims);
      const { contentId } = claims[0]!;
      expect(await store.retention.clean(systemClock.now() + 2 * HOUR_MS, AGES)).toMatchObject({
        contents: 1,
      });
      expect(await store.content.chunkCount(contentId)).toBe(0);
      await eventually(async () => {
        await expect(store.content.readChunk(contentId, chunkCount - 1)).rejects.toThrow();
        return true;
      });
    });

    test('uploads that no message names go at the next start', async () => {
      const { open } = bench();
      const before = await open();
      await before.spool.putChunk('orphan', 0, new Uint8Array(MAX_CHUNK_BYTES));
      await before.spool.putChunk('whole', 0, new Uint8Array(10));
      await before.spool.accept({
        ...(await newMessage(before)),
        content: { kind: 'chunks', upload: 'whole', chunkCount: 1 },
      });
      const { claims } = await claimAll(before.spool);
      const whole = claims[0]!.contentId;
      await before.close();
      const after = await open();
      // Numbers are given in order: the orphan came just before.
      await eventually(async () => {
        await expect(after.content.readChunk(whole - 1, 0)).rejects.toMatchObject({ code: 'not-found' });
        return true;
      });
      expect(await after.content.readChunk(whole, 0)).toHaveLength(10);
      await expect(
        after.spool.accept({
          ...(await newMessage(after)),
          content: { kind: 'chunks', upload: 'orphan', chunkCount: 1 },
        }),
      ).rejects.toMatchObject({ code: 'conflict' });
    });
  });
}

async function cleanAll(store: OpenedStore, nowMs: number): Promise<number> {
  let contents = 0;
  for (;;) {
    const step = await store.retention.clean(nowMs, AGES);
    contents += step.contents;
    if (!step.more) return contents;
  }
}
