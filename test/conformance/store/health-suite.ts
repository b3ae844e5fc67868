/** What is counted of mail's fate, and what an account or a stream that is throttled or held does to it. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { LOCAL_CLASSES } from '../../../src/policy/local-failures.ts';
import { eventually } from '../../support/eventually.ts';
import type { HealthChange } from '../../../src/store/health.ts';
import type { Settlement } from '../../../src/store/delivery-records.ts';
import type { Engine, OpenedStore } from './engine.ts';
import { benchFor } from './engine.ts';
import {
  claimAll,
  defaultAccountId,
  HOUR_MS,
  newMessage,
  recordingListener,
  ROOMY,
  settleAll,
  type MessageDraft,
} from './fixtures.ts';

export function describeHealth(engine: Engine): void {
  describe('health', () => {
    const bench = benchFor(engine);

    test('counts how deliveries end, by account, domain, stream and destination', async () => {
      const store = await bench().open();
      await end(store, {}, { state: 'delivered' });
      await end(store, { stream: 'broadcast' }, bounce(true));
      await end(store, { stream: 'broadcast', signingDomain: 'news.example' }, bounce(false));
      await end(store, { recipients: ['x@elsewhere.example'] }, { state: 'expired' });
      await end(store, {}, { state: 'deferred', nextAttemptAtMs: systemClock.now() + 9 * HOUR_MS });
      await end(store, { via: 'dsn' }, bounce(true));
      const sinceMs = systemClock.now() - 24 * HOUR_MS;
      const totals = async (kind: 'account' | 'domain' | 'stream' | 'destination') =>
        (await store.health.healthTotals(kind, sinceMs, 10)).map(({ name, accountName, counts }) => {
          const { delivered, hardBounced, failed, complained } = counts;
          return [name, accountName, delivered, hardBounced, failed, complained];
        });
      expect(await totals('account')).toEqual([['default', 'default', 1, 1, 2, 0]]);
      expect(await totals('domain')).toEqual([
        ['example.org', 'default', 1, 1, 1, 0],
        ['news.example', 'default', 0, 0, 1, 0],
      ]);
      expect(await totals('stream')).toEqual([
        ['broadcast', 'default', 0, 1, 1, 0],
        ['transactional', 'default', 1, 0, 1, 0],
      ]);
      expect(await totals('destination')).toEqual([
        ['example.com', undefined, 1, 1, 1, 0],
        ['elsewhere.example', undefined, 0, 0, 1, 0],
      ]);
      expect(await store.health.healthTotals('account', systemClock.now() + 2 * HOUR_MS, 10)).toEqual([]);
      await store.retention.clean(systemClock.now() + 27 * HOUR_MS, {
        contentMs: 99 * HOUR_MS,
        metadataMs: 99 * HOUR_MS,
        eventsMs: 99 * HOUR_MS,
      });
      expect(await totals('account')).toEqual([]);
    });

    test('what ended for a failure of our own counts for nobody', async () => {
      const store = await bench().open();
      const ended = (lastClass: string): Partial<Settlement> => ({
        state: 'expired',
        event: {
          type: 'expired',
          atMs: systemClock.now(),
          data: { class: 'expired', last_class: lastClass },
        },
      });
      await end(store, {}, ended('network'));
      for (const one of LOCAL_CLASSES) await end(store, {}, ended(one));
      const [counted] = await store.health.healthTotals('destination', 0, 10);
      expect(counted).toMatchObject({ name: 'example.com', counts: { delivered: 0, failed: 1 } });
    });

    test('an account with limits of its own has them beside its figures', async () => {
      const store = await bench().open();
      const own = { hold_bounces: 0.2, warn_complaints: null };
      await end(store, {}, {});
      expect((await store.health.streamTotals(0)).map(({ healthTerms }) => healthTerms)).toEqual([undefined]);
      await store.directory.changeAccount(await defaultAccountId(store), { healthTerms: own }, 1, 'test');
      expect((await store.health.streamTotals(0)).map(({ healthTerms }) => healthTerms)).toEqual([own]);
    });

    test('a settlement that is refused counts nothing', async () => {
      const store = await bench().open();
      await store.spool.accept(await newMessage(store));
      const { claims } = await claimAll(store.spool);
      const settled = settleAll(store.spool, [...claims, ...claims], { state: 'delivered' });
      await settled.catch(() => undefined);
      await settleAll(store.spool, claims, { state: 'delivered' });
      expect((await store.health.streamTotals(0))[0]?.counts.delivered).toBe(1);
    });

    test('a stream that is held keeps new mail and what comes back from an attempt; the others go on', async () => {
      const store = await bench().open();
      const listener = recordingListener();
      store.spool.openFeed(ROOMY, listener);
      await store.spool.accept(await newMessage(store, { stream: 'broadcast' }));
      await eventually(() => listener.claims.length === 1);
      await store.health.setHealth(await change(store, { stream: 'broadcast' }), 'health');
      const held = await newMessage(store, {
        stream: 'broadcast',
        recipients: ['a@example.com', 'b@example.com'],
      });
      await store.spool.accept(held);
      await settleAll(store.spool, listener.claims, { state: 'deferred', nextAttemptAtMs: 5 });
      await store.spool.accept(await newMessage(store, {}));
      await store.spool.accept(await newMessage(store, { stream: 'broadcast', via: 'dsn' }));
      await eventually(() => listener.claims.length === 3);
      expect(await store.queue.summary(1)).toMatchObject({ held: 3, queued: 2, deferred: 0 });
      expect((await store.queue.messageById(held.facts.id))!.deliveries.map(({ state }) => state)).toEqual([
        'held',
        'held',
      ]);
      expect((await claimAll(store.spool)).claims).toEqual([]);
      expect(await store.health.healthStates()).toMatchObject([
        { accountName: 'default', stream: 'broadcast', level: 'hold', reason: 'too many bounces' },
      ]);
    });

    test('a tool releases what the relay held: counting starts afresh, new mail goes', async () => {
      const { open } = bench();
      const store = await open();
      const tool = await open({ exclusive: false });
      const accountId = await defaultAccountId(store);
      await end(store, { stream: 'broadcast' }, bounce(true));
      await end(store, {}, { state: 'delivered' });
      await store.health.setHealth(await change(store, { stream: 'broadcast' }), 'health');
      await store.spool.accept(await newMessage(store, { stream: 'broadcast' }));
      const nowMs = systemClock.now();
      const released = { accountId, stream: 'broadcast' };
      expect(await tool.health.releaseHealth(released, nowMs, 'test')).toBe(1);
      expect(await tool.health.releaseHealth(released, nowMs, 'test')).toBe(0);
      expect(await store.health.healthStates()).toEqual([]);
      const [broadcast, transactional] = await store.health.streamTotals(nowMs - HOUR_MS);
      expect(broadcast).toMatchObject({ counts: { hardBounced: 0 }, countsForAccount: { hardBounced: 0 } });
      expect(transactional).toMatchObject({ counts: { delivered: 1 }, countsForAccount: { delivered: 1 } });
      // What was held stays until it is released itself.
      const selection = { accountId, id: undefined, destination: undefined };
      expect(await tool.queue.release(selection, nowMs, 'test')).toBe(1);
      await store.spool.accept(await newMessage(store, { stream: 'broadcast' }));
      expect((await claimAll(store.spool)).claims).toHaveLength(2);
    });

    test('an account that is held holds all its streams, also after a restart', async () => {
      const { open } = bench();
      const first = await open();
      await first.health.setHealth(await change(first, {}), 'health');
      await first.close();
      const second = await open();
      await second.spool.accept(await newMessage(second, { stream: 'broadcast' }));
      await second.spool.accept(await newMessage(second));
      expect((await second.queue.summary(1)).held).toBe(2);
      const everything = { accountId: undefined, stream: undefined };
      expect(await second.health.releaseHealth(everything, systemClock.now(), 'test')).toBe(1);
    });

    test('a stream that is throttled lets through so many a minute; what would wait for more than a day is held', async () => {
      const store = await bench().open();
      await store.health.setHealth(
        await change(store, { stream: 'broadcast', level: 'throttle', perMinute: 2 }),
        'health',
      );
      const beforeMs = systemClock.now();
      for (let number = 0; number < 3; number++)
        await store.spool.accept(await newMessage(store, { stream: 'broadcast' }));
      const dues = (
        await store.queue.listMessages({
          accountId: undefined,
          state: 'scheduled',
          destination: undefined,
          recipient: undefined,
          stream: undefined,
          tag: undefined,
          before: undefined,
          limit: 10,
        })
      )
        .map(({ deliveries }) => deliveries[0]!.nextAttemptAtMs! - beforeMs)
        .sort((a, b) => a - b);
      expect(dues).toHaveLength(2);
      expect(dues[0]).toBeGreaterThanOrEqual(30_000);
      expect(dues[0]).toBeLessThan(40_000);
      expect(dues[1]! - dues[0]!).toBe(30_000);
      const recipients = Array.from({ length: 3000 }, (_unused, number) => `u${number}@example.com`);
      await store.spool.accept(await newMessage(store, { stream: 'broadcast', recipients }));
      await store.spool.accept(await newMessage(store, { stream: 'broadcast' }));
      expect(await store.queue.summary(1)).toMatchObject({ queued: 1, scheduled: 3002, held: 1 });
    });
  });
}

/** One message that ends so. */
async function end(store: OpenedStore, draft: MessageDraft, how: Partial<Settlement>): Promise<void> {
  await store.spool.accept(await newMessage(store, draft));
  await settleAll(store.spool, (await claimAll(store.spool)).claims, how);
}

function bounce(hard: boolean): Partial<Settlement> {
  return { state: 'bounced', event: { type: 'bounced', atMs: systemClock.now(), data: { hard } } };
}

async function change(store: OpenedStore, parts: Partial<HealthChange>): Promise<HealthChange> {
  return {
    accountId: await defaultAccountId(store),
    stream: '',
    level: 'hold',
    reason: 'too many bounces',
    perMinute: undefined,
    atMs: systemClock.now(),
    ...parts,
  };
}
