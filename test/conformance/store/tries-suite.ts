/** Tries of a destination as a whole: kept once, seen by what waited for it. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { AttemptRecord } from '../../../src/store/delivery-records.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import { acceptMany, claimAll, deliveriesOf, HOUR_MS, MINUTE_MS, newMessage, settleAll } from './fixtures.ts';

function tried(atMs: number, parts: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    atMs,
    host: 'mx.example.com',
    address: '192.0.2.1',
    tls: undefined,
    replyCode: 421,
    status: '4.3.2',
    text: 'closing',
    stage: 'greeting',
    durationMs: 5,
    ...parts,
  };
}

export function describeTries(engine: Engine): void {
  describe('tries of a destination', () => {
    const bench = benchFor(engine);
    const fail = (store: OpenedStore, tries: readonly (readonly AttemptRecord[])[], failures = 1) =>
      store.spool.blockDestinations([
        { destination: 'example.com', untilMs: 0, failures, lastError: 'x', tries },
      ]);

    test('are seen by every delivery that waited, and by none that came later', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      const early = await newMessage(store, { acceptedAtMs: nowMs - HOUR_MS });
      const late = await newMessage(store, { acceptedAtMs: nowMs });
      await store.spool.accept(early);
      await store.spool.accept(late);
      const six = tried(nowMs - 50 * MINUTE_MS, {
        address: '2001:db8::1',
        replyCode: undefined,
        text: 'no route',
      });
      await fail(store, [[six, tried(nowMs - 50 * MINUTE_MS + 20)], [tried(nowMs - 40 * MINUTE_MS)]]);
      await fail(store, [[tried(nowMs - 20 * MINUTE_MS, { text: 'still closing' })]], 2);
      const [seen] = (await store.queue.messageById(early.facts.id))?.deliveries ?? [];
      expect(seen).toMatchObject({ state: 'queued', attempts: 3, lastReply: '421 4.3.2 still closing' });
      expect(seen?.history?.map(({ text, address }) => [text, address])).toEqual([
        ['no route', '2001:db8::1'],
        ['closing', '192.0.2.1'],
        ['closing', '192.0.2.1'],
        ['still closing', '192.0.2.1'],
      ]);
      const [after] = (await store.queue.messageById(late.facts.id))?.deliveries ?? [];
      expect(after).toMatchObject({ attempts: 0, lastReply: undefined, history: [] });
      const { claims } = await claimAll(store.spool);
      expect(claims.map((claim) => [claim.facts.id, claim.deliveries[0]?.destinationTries])).toEqual([
        [early.facts.id, 3],
        [late.facts.id, undefined],
      ]);
      const [id = 0] = deliveriesOf(claims).map(({ deliveryId }) => deliveryId);
      expect(await store.queue.lastAttempt(id)).toMatchObject({ text: 'still closing', replyCode: 421 });
    });

    test('stay with what was settled, and end with it', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      const message = await newMessage(store, { acceptedAtMs: nowMs - HOUR_MS });
      await store.spool.accept(message);
      await fail(store, [[tried(nowMs - MINUTE_MS)]]);
      await fail(store, [], 0);
      const { claims } = await claimAll(store.spool);
      await settleAll(store.spool, claims);
      await fail(store, [[tried(systemClock.now() + HOUR_MS, { text: 'much later' })]]);
      const [settled] = (await store.queue.messageById(message.facts.id))?.deliveries ?? [];
      expect(settled).toMatchObject({ state: 'delivered', attempts: 2, lastReply: '250 2.0.0 Ok' });
      expect(settled?.history?.map(({ text }) => text)).toEqual(['closing', 'Ok']);
    });

    test('cost one row each however many deliveries wait, and are not kept without end', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      await acceptMany(store, 50, { acceptedAtMs: nowMs - 100 * HOUR_MS });
      for (let number = 0; number < 1_100; number += 100) {
        const some = Array.from({ length: 100 }, (_, one) => [tried(nowMs - 99 * HOUR_MS + number + one)]);
        await fail(store, some, number + 1);
      }
      const [message] = await store.queue.listMessages({
        ...{ accountId: undefined, state: undefined, destination: 'example.com', recipient: undefined },
        ...{ stream: undefined, tag: undefined, before: undefined, limit: 1 },
      });
      expect(message?.deliveries[0]).toMatchObject({ attempts: 1_000, lastReply: '421 4.3.2 closing' });
      const [whole] = (await store.queue.messageById(message?.facts.id ?? ''))?.deliveries ?? [];
      expect(whole?.history).toHaveLength(25);
      expect(whole?.triesLeftOut).toBe(975);
    });
  });
}
