/** Search: a page goes on where everything above was examined, whatever lies between, and says nothing of other accounts. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { idOf } from '../../../src/platform/ids.ts';
import type { MessageSearch } from '../../../src/store/search.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import {
  acceptMany,
  allEvents,
  allMessages,
  claimAll,
  defaultAccountId,
  HOUR_MS,
  newMessage,
  settleAll,
  settlement,
} from './fixtures.ts';
import { findAll, indexAll } from './search-suite.ts';

export function describeSearchPlaces(engine: Engine): void {
  describe('places of a search', () => {
    const bench = benchFor(engine);

    test('messages to which hosts replied often are all found', async () => {
      const store = await bench().open();
      const atMs = systemClock.now();
      const ids: string[] = [];
      for (let index = 0; index < 60; index++) {
        const id = idOf('msg_', atMs - index * 1_000, '0'.repeat(16));
        ids.push(id);
        await store.spool.accept(await newMessage(store, { id }));
      }
      for (let round = 0; round < 8; round++) {
        const nowMs = systemClock.now();
        const { claims } = await claimAll(store.spool, { nowMs });
        const [attempt] = settlement({ deliveryId: 0, fence: 0 }).attempts;
        await settleAll(store.spool, claims, {
          state: 'deferred',
          nextAttemptAtMs: nowMs,
          attempts: [{ ...attempt!, replyCode: 451, status: '4.7.1', text: 'greylisted for now' }],
        });
        await indexAll(store);
      }
      expect(await findAll(store, { reply: 'greylisted' }, 50)).toEqual(ids);
    });

    test('messages to many, whose replies are read in several parts, are all found', async () => {
      const store = await bench().open();
      const ids: string[] = [];
      for (let index = 0; index < 12; index++) {
        const to = Array.from({ length: 300 }, (_, number) => `reader-${number}@list.example`);
        const id = idOf('msg_', systemClock.now() - index * 1_000, '0'.repeat(16));
        ids.push(id);
        await store.spool.accept(await newMessage(store, { id, recipients: to }));
      }
      for (let rest = 12 * 300; rest > 0;) {
        const { claims } = await claimAll(store.spool);
        rest -= claims.reduce((sum, { deliveries }) => sum + deliveries.length, 0);
        await settleAll(store.spool, claims, {
          state: 'bounced',
          attempts: [1, 2].map(() => ({
            ...settlement({ deliveryId: 0, fence: 0 }).attempts[0]!,
            ...{ replyCode: 550, status: '5.1.1', text: 'no such reader' },
          })),
        });
      }
      for (const isIndexed of [false, true]) {
        if (isIndexed) await indexAll(store);
        expect(await findAll(store, { reply: 'such reader' })).toEqual(ids);
        expect(await findAll(store, { reply: 'such reader', recipientPart: 'reader-299' })).toEqual(ids);
        expect(await findAll(store, { recipientPart: 'reader-299' })).toEqual(ids);
      }
      // Made again a few at a time.
      await store.search.indexAgain(ids);
      await indexAll(store);
      expect(await findAll(store, { reply: 'such reader', recipientPart: 'reader-299' })).toEqual(ids);
    });

    test('messages whose events went while older ones were indexed are found', async () => {
      const { open, rawOf, dataDir } = bench();
      const store = await open();
      await acceptMany(store, 250);
      // It begins, and goes back through a hundred.
      for (let step = 0; step < 2; step++) await store.search.indexSome(systemClock.now());
      const lost = await newMessage(store, { subject: 'whose events went' });
      await store.spool.accept(lost);
      // Numbers the events.
      await store.events.readEvents(allEvents());
      await rawOf(dataDir).run('DELETE FROM event');
      await acceptMany(store, 1);
      await store.events.readEvents(allEvents());
      await indexAll(store);
      expect(await findAll(store, { subject: 'events went' })).toEqual([lost.facts.id]);
    });

    test('more messages than are looked through are found while the index does not follow', async () => {
      const store = await bench().open();
      const atMs = systemClock.now();
      const ids = await acceptEach(store, [atMs - 30 * HOUR_MS, atMs - HOUR_MS / 2]);
      await indexAll(store);
      ids.push(...(await acceptEach(store, [atMs - HOUR_MS / 4])));
      await acceptMany(store, 5_100, { subject: 'others' });
      ids.push(...(await acceptEach(store, [systemClock.now()])));
      const check = async () => {
        expect(await findAll(store, { subject: 'rare' }, 50)).toEqual(ids.toSorted().toReversed());
      };
      await check();
      await store.events.readEvents(allEvents());
      await check();
      await indexAll(store);
      await check();
    });

    test('where a page goes on says no id of another account', async () => {
      const store = await bench().open();
      for (const name of ['mine', 'theirs'])
        await store.directory.addAccount({ id: `acc_${name}`, name, createdAtMs: 1 }, 'test');
      const mine = await newMessage(store, { accountId: 'acc_mine', subject: 'quarterly' });
      await store.spool.accept(mine);
      await acceptMany(store, 5_100, { accountId: 'acc_theirs' });
      const foreign = new Set(await findAll(store, { accountId: 'acc_theirs', sinceMs: 0 }, 500));
      expect(foreign.size).toBe(5_100);
      for (const isIndexed of [false, true]) {
        if (isIndexed) await indexAll(store);
        const sinceMs = systemClock.now() - HOUR_MS;
        let before: string | undefined;
        const found: string[] = [];
        do {
          const page = await store.search.searchMessages({
            ...allMessages(),
            ...{ accountId: 'acc_mine', sinceMs, before },
          });
          found.push(...page.messages.map(({ facts }) => facts.id));
          before = page.next;
          expect(foreign.has(before ?? '')).toBe(false);
        } while (before !== undefined);
        expect(found).toEqual([mine.facts.id]);
      }
    });

    test('the pages of an account are the same whether another sends or not', async () => {
      const atMs = systemClock.now() - HOUR_MS;
      const [alone, beside] = [await quietStore(atMs), await quietStore(atMs)];
      await acceptMany(beside, 5_100, { accountId: 'acc_loud' });
      await check();
      for (const store of [alone, beside])
        for (let step = 0; step < 3; step++) await store.search.indexSome(systemClock.now());
      await check();
      for (const store of [alone, beside]) await indexAll(store);
      await check();
      for (const store of [alone, beside]) await acceptQuiet(store, atMs + 2 * HOUR_MS);
      await check();
      // More than are looked through.
      await acceptMany(beside, 5_100, { accountId: 'acc_loud' });
      await beside.events.readEvents(allEvents());
      await check();

      async function quietStore(fromMs: number): Promise<OpenedStore> {
        const store = await bench().open();
        for (const name of ['quiet', 'loud'])
          await store.directory.addAccount({ id: `acc_${name}`, name, createdAtMs: 1 }, 'test');
        await acceptQuiet(store, fromMs);
        return store;
      }

      async function acceptQuiet(store: OpenedStore, fromMs: number): Promise<void> {
        for (let index = 0; index < 12; index++) {
          const acceptedAtMs = fromMs + index * 300_000;
          const id = idOf('msg_', acceptedAtMs, '0'.repeat(16));
          const facts = { id, acceptedAtMs, accountId: 'acc_quiet', subject: 'quarterly figures' };
          await store.spool.accept(await newMessage(store, facts));
        }
      }

      async function check(): Promise<void> {
        for (const search of [
          { sinceMs: 0 },
          { sinceMs: atMs + 1_000_000, untilMs: atMs + 2_000_000 },
          { sinceMs: 0, state: 'queued' as const },
          { subject: 'quarterly' },
          { subject: 'quarterly', untilMs: atMs + 2_000_000 },
        ]) {
          const pages = await pagesOf(alone, { accountId: 'acc_quiet', ...search });
          expect(await pagesOf(beside, { accountId: 'acc_quiet', ...search })).toEqual(pages);
        }
      }
    });

    test('messages of an account that has many are all found by time alone', async () => {
      const store = await bench().open();
      await store.directory.addAccount({ id: 'acc_other', name: 'other', createdAtMs: 1 }, 'test');
      const atMs = systemClock.now();
      await acceptMany(store, 5_100);
      await acceptMany(store, 100, { accountId: 'acc_other' });
      const check = async () => {
        const accountId = await defaultAccountId(store);
        const found = await findAll(store, { accountId, sinceMs: atMs }, 500);
        expect([new Set(found).size, found.length]).toEqual([5_100, 5_100]);
        expect(found.toSorted().toReversed()).toEqual(found);
        const newest = await findAll(store, { accountId, sinceMs: atMs, before: found[99] }, 500);
        expect(newest).toEqual(found.slice(100));
      };
      await check();
      for (let step = 0; step < 3; step++) await store.search.indexSome(systemClock.now());
      await check();
      await indexAll(store);
      await check();
    });

    test('what is accepted after the clock ran ahead is found while the index does not follow', async () => {
      const store = await bench().open();
      await indexAll(store);
      await acceptEach(store, [systemClock.now() + 24 * HOUR_MS]);
      await indexAll(store);
      await acceptMany(store, 5_100, { subject: 'others' });
      const [late] = await acceptEach(store, [systemClock.now()]);
      await store.events.readEvents(allEvents());
      const untilMs = systemClock.now() + HOUR_MS;
      expect(await findAll(store, { subject: 'rare', untilMs }, 50)).toEqual([late]);
    });

    test('messages whose events went from the middle of the log are found', async () => {
      const store = await bench().open();
      await store.directory.addAccount({ id: 'acc_long', name: 'long', createdAtMs: 1 }, 'test');
      await store.directory.addAccount(
        { id: 'acc_short', name: 'short', createdAtMs: 1, retainEventsMs: HOUR_MS },
        'test',
      );
      await indexAll(store);
      await acceptMany(store, 1, { accountId: 'acc_long' });
      const lost = await newMessage(store, { accountId: 'acc_short', subject: 'whose events went' });
      await store.spool.accept(lost);
      await acceptMany(store, 1, { accountId: 'acc_long' });
      await store.events.readEvents(allEvents());
      const ages = { contentMs: 72 * HOUR_MS, metadataMs: 200 * HOUR_MS, eventsMs: 400 * HOUR_MS };
      while ((await store.retention.clean(systemClock.now() + 2 * HOUR_MS, ages)).more);
      await indexAll(store);
      expect(await findAll(store, { subject: 'events went' })).toEqual([lost.facts.id]);
    });

    test('more runs of one time than are read at once are all looked at', async () => {
      const { open, rawOf, dataDir } = bench();
      const store = await open();
      const atMs = systemClock.now();
      const ids = await acceptEach(store, [atMs, atMs - HOUR_MS, atMs - 2 * HOUR_MS]);
      await indexAll(store);
      // Of other accounts, each with mail from the first message's time to the last one's.
      const rows = Array.from({ length: 6_000 }, (_, index) => {
        const [from, to] = [atMs - 3 * HOUR_MS, atMs + HOUR_MS - index];
        return `(${1e6 + index}, ${1e6 + index}, ${Math.floor(atMs / (24 * HOUR_MS))}, 8, 1, 1, ${from}, ${to}, ${atMs})`;
      });
      await rawOf(dataDir).run(
        `INSERT INTO search_run (id, account_id, day, level, state, documents, first_place, last_place, checked_at)
         VALUES ${rows.join(', ')}`,
      );
      expect(await findAll(store, { subject: 'rare' })).toEqual(ids);
    });
  });
}

/** Messages with a rare subject, each accepted at one of these times. */
async function acceptEach(store: OpenedStore, timesMs: readonly number[]): Promise<string[]> {
  const ids: string[] = [];
  for (const atMs of timesMs) {
    const id = idOf('msg_', atMs, '0'.repeat(16));
    ids.push(id);
    await store.spool.accept(await newMessage(store, { id, subject: 'rare', acceptedAtMs: atMs }));
  }
  return ids;
}

/** Every page: the ids that it has, and where it goes on. */
async function pagesOf(store: OpenedStore, search: Partial<MessageSearch>): Promise<readonly object[]> {
  const pages: object[] = [];
  let before: string | undefined;
  do {
    const { messages, next } = await store.search.searchMessages({
      ...allMessages(),
      ...search,
      ...{ before, limit: 5 },
    });
    pages.push({ ids: messages.map(({ facts }) => facts.id), next });
    before = next;
  } while (before !== undefined);
  return pages;
}
