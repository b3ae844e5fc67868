/** Terms of accounts: kept, changed for open sessions too, and retention that is shorter than what is configured. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { AccountTerms } from '../../../src/store/directory-records.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import {
  acceptMany,
  allEvents,
  allMessages,
  claimAll,
  HOUR_MS,
  newCredential,
  newMessage,
  settleAll,
} from './fixtures.ts';

const AGES = { contentMs: 72 * HOUR_MS, metadataMs: 200 * HOUR_MS, eventsMs: 400 * HOUR_MS };

export function describeAccountTerms(engine: Engine): void {
  describe('terms of an account', () => {
    const bench = benchFor(engine);
    const add = (store: OpenedStore, name: string, terms: AccountTerms = {}) =>
      store.directory.addAccount({ id: `acc_${name}`, name, createdAtMs: 5, ...terms }, 'test');
    const change = (store: OpenedStore, terms: AccountTerms, name = 'shop') =>
      store.directory.changeAccount(`acc_${name}`, terms, systemClock.now(), 'test');

    test('are kept as they were given, and replaced as a whole', async () => {
      const store = await bench().open();
      const terms = {
        ...{ limits: { messages_per_hour: 5 }, retainContentMs: HOUR_MS },
        healthTerms: { least_messages: 7, warn_bounces: null, hold_bounces: 0.15 },
      };
      await add(store, 'shop', terms);
      const shop = { id: 'acc_shop', name: 'shop', createdAtMs: 5 };
      expect(await store.directory.accountByName('shop')).toEqual({ ...shop, ...terms });
      const others = { limits: { recipients_per_day: 0 }, retainMetadataMs: 7, retainEventsMs: 8 };
      await change(store, others);
      expect((await store.directory.listAccounts()).find(({ name }) => name === 'shop')).toEqual({
        ...shop,
        ...others,
      });
      await change(store, {});
      expect(await store.directory.accountByName('shop')).toEqual(shop);
    });

    test('count for the sessions of its credentials, and of no others', async () => {
      const store = await bench().open();
      await add(store, 'shop');
      await add(store, 'other');
      const of = async (accountId: string, parts: object) => {
        const username = `${accountId}-${JSON.stringify(parts)}`;
        const credential = await newCredential(store, { accountId, username, name: username, ...parts });
        await store.directory.addCredential(credential, 'test');
        return credential.id;
      };
      const own = await of('acc_shop', {});
      await of('acc_shop', { revokedAtMs: 1 });
      await of('acc_other', {});
      const before = await store.directory.latestVersion();
      await change(store, { limits: { messages_per_day: 1 } });
      expect(await store.directory.latestVersion()).toBeGreaterThan(before);
      expect(await store.directory.credentialsChangedSince(before)).toEqual([own]);
    });

    test('of one that there is not, or that is being removed, cannot be changed', async () => {
      const store = await bench().open();
      await add(store, 'shop');
      await store.removal.beginRemoval('acc_shop', '', 1, 'test');
      for (const name of ['shop', 'nobody'])
        await expect(change(store, {}, name)).rejects.toMatchObject({ code: 'not-found' });
    });

    test('a shorter retention holds for its mail and events alone, also beyond one step, and ends when it is taken away', async () => {
      const store = await bench().open();
      await add(store, 'shop', {
        ...{ retainContentMs: HOUR_MS, retainMetadataMs: 10 * HOUR_MS, retainEventsMs: 20 * HOUR_MS },
      });
      for (const accountId of ['acc_shop', undefined])
        await acceptMany(store, 3, accountId === undefined ? {} : { accountId });
      await settleAll(store.spool, (await claimAll(store.spool)).claims);
      const now = systemClock.now();
      const clean = async (hours: number) => {
        let step;
        do step = await store.retention.clean(now + hours * HOUR_MS, AGES);
        while (step.more);
      };
      const kept = async () => {
        const messages = await store.queue.listMessages(allMessages());
        const count = (of: boolean, what: (one: (typeof messages)[number]) => boolean) =>
          messages.filter((one) => (one.facts.accountId === 'acc_shop') === of && what(one)).length;
        const { events } = await store.events.readEvents({ ...allEvents(), accountId: 'acc_shop' });
        return {
          own: [count(true, () => true), count(true, ({ hasContent }) => hasContent), events.length],
          others: [count(false, () => true), count(false, ({ hasContent }) => hasContent)],
        };
      };
      await clean(0.5);
      expect(await kept()).toEqual({ own: [3, 3, 6], others: [3, 3] });
      await clean(2);
      expect(await kept()).toEqual({ own: [3, 0, 6], others: [3, 3] });
      await clean(12);
      expect(await kept()).toEqual({ own: [0, 0, 6], others: [3, 3] });
      await clean(22);
      expect(await kept()).toEqual({ own: [0, 0, 0], others: [3, 3] });
      // What is settled later is as old later.
      await acceptMany(store, 1, { accountId: 'acc_shop' });
      await settleAll(store.spool, (await claimAll(store.spool)).claims);
      await clean(0.5);
      expect((await kept()).own).toEqual([1, 1, 2]);
      await change(store, {});
      await clean(30);
      expect((await kept()).own).toEqual([1, 1, 2]);
    });

    test('storage is what its credentials handed in and is kept, also from before the limit', async () => {
      const { open, rawOf, dataDir } = bench();
      const store = await open();
      await add(store, 'shop');
      await add(store, 'full', { storageBytes: 0 });
      const credentialOf = async (accountId: string) => {
        const credential = await newCredential(store, { accountId, username: accountId, name: accountId });
        await store.directory.addCredential(credential, 'test');
        return { accountId, credentialId: credential.id };
      };
      const shop = await credentialOf('acc_shop');
      const full = await credentialOf('acc_full');
      const version = async (from: typeof shop) =>
        (await store.directory.findCredential(from.accountId, from.credentialId))?.version ?? 0;
      const hand = async (from: typeof shop, count: number, countsStorage = true) => {
        const before = { ...from, credentialVersion: await version(from), countsStorage };
        await acceptMany(store, count, before);
      };
      const { length: size } = 'Subject: x\r\n\r\nbody\r\n';
      const octets = async (accountId = 'acc_shop') => (await store.usage.storageOf(accountId))?.octets;
      await hand(shop, 2, false);
      expect(await octets()).toBeUndefined();
      const stale = await version(shop);
      await change(store, { storageBytes: 9 });
      expect(await store.usage.storageOf('acc_shop')).toEqual({ octets: 2 * size, isComplete: true });
      expect((await store.directory.findCredential('acc_shop', shop.credentialId))?.accountStorageBytes).toBe(
        9,
      );
      // Whoever does not know of the limit yet does not pass it uncounted.
      const unaware = await newMessage(store, { ...shop, credentialVersion: stale });
      expect((await store.spool.accept(unaware)).kind).toBe('credential-changed');
      await hand(shop, 3);
      await hand(full, 1);
      // The relay's own message of the account.
      await acceptMany(store, 1, { accountId: 'acc_shop' });
      expect([await octets(), await octets('acc_full')]).toEqual([5 * size, size]);
      // Counting ended before the second message: what was handed in later was counted, and the sweep goes on.
      await rawOf(dataDir).run(
        `UPDATE account_storage SET octets = ${4 * size}, below = (SELECT max(id) FROM
           (SELECT id FROM message WHERE account_id = account_storage.account_id ORDER BY id LIMIT 2) m)
         WHERE octets = ${5 * size}`,
      );
      expect(await store.usage.storageOf('acc_shop')).toEqual({ octets: 4 * size, isComplete: false });
      while ((await store.retention.clean(systemClock.now(), AGES)).more);
      expect(await store.usage.storageOf('acc_shop')).toEqual({ octets: 5 * size, isComplete: true });
      await change(store, { storageBytes: 10 });
      expect(await octets()).toBe(5 * size);
      await settleAll(store.spool, (await claimAll(store.spool)).claims);
      await hand(shop, 1);
      while ((await store.retention.clean(systemClock.now() + 73 * HOUR_MS, AGES)).more);
      expect([await octets(), await octets('acc_full')]).toEqual([size, 0]);
      while ((await store.retention.clean(systemClock.now() + 201 * HOUR_MS, AGES)).more);
      expect(await octets()).toBe(size);
      await change(store, {});
      expect(await octets()).toBeUndefined();
    });

    test('a retention longer than what is configured keeps nothing longer', async () => {
      const store = await bench().open();
      await add(store, 'shop', { retainContentMs: 1_000 * HOUR_MS, retainMetadataMs: 1_000 * HOUR_MS });
      await acceptMany(store, 1, { accountId: 'acc_shop' });
      await settleAll(store.spool, (await claimAll(store.spool)).claims);
      const later = systemClock.now() + 201 * HOUR_MS;
      while ((await store.retention.clean(later, AGES)).more);
      expect(await store.queue.listMessages(allMessages())).toEqual([]);
    });
  });
}
