/** Keys of domains in rotation: all change at once and once, no selector is made twice, nothing goes that may be met. */
import { beforeEach, describe, expect, test } from 'vitest';
import { IN_TRANSIT_MS, SPREAD_MS } from '../../../src/dkim/rotation.ts';
import type { DkimKey, Domain } from '../../../src/store/directory-records.ts';
import { allEvents, defaultAccountId, newMessage } from './fixtures.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';

const NAME = 'example.org';
const NOW_MS = 1_000 * 24 * 3_600_000;

export function describeRotation(engine: Engine): void {
  describe('rotation of DKIM keys', () => {
    const bench = benchFor(engine);
    let store: OpenedStore;
    let domain: Domain;

    beforeEach(async () => {
      store = await bench().open();
      const accountId = await defaultAccountId(store);
      domain = { id: 'dom_1', accountId, name: NAME, verifiedAtMs: NOW_MS, recordStatus: {}, createdAtMs: 5 };
      await store.directory.addDomain(domain, [newKey('a-rsa'), newKey('a-ed', 'ed25519-sha256')], 'test');
    });

    const add = (...selectors: string[]) =>
      store.directory.addDkimKeys(
        'dom_1',
        selectors.map((selector) => ({ ...newKey(selector), state: 'pending' as const })),
        NOW_MS,
        'test',
      );
    const look = (seen: Record<string, boolean | undefined>, atMs: number) =>
      store.directory.recordPendingKeys({ domainId: 'dom_1', seen, atMs }, 'test');
    const states = async () =>
      Object.fromEntries(
        (await store.directory.dkimKeys('dom_1')).map(({ selector, state }) => [selector, state]),
      );
    const reasons = async () => {
      const found = await store.events.readEvents({ ...allEvents(), types: ['domain_changed'] });
      return found.events.map(({ data }) => data);
    };

    test('a record that was seen by a clock that was ahead counts from now', async () => {
      await add('b-rsa');
      await look({ 'b-rsa': true }, NOW_MS + 400 * 24 * 3_600_000);
      await look({ 'b-rsa': true }, NOW_MS);
      await look({ 'b-rsa': true }, NOW_MS + SPREAD_MS);
      expect(await states()).toMatchObject({ 'a-rsa': 'retired', 'b-rsa': 'active' });
    });

    test('a look at old records that may not go yet leaves the caches of sessions alone', async () => {
      await add('b-rsa');
      await look({ 'b-rsa': true }, NOW_MS);
      await look({ 'b-rsa': true }, NOW_MS + SPREAD_MS);
      const version = await store.directory.latestVersion();
      const mark = (atMs: number) => store.directory.markRemovableKeys('dom_1', atMs, 'test');
      expect(await mark(NOW_MS + SPREAD_MS + IN_TRANSIT_MS - 1)).toEqual([]);
      expect(await store.directory.latestVersion()).toBe(version);
      expect(await mark(NOW_MS + SPREAD_MS + IN_TRANSIT_MS)).toHaveLength(2);
      expect(await store.directory.latestVersion()).toBeGreaterThan(version);
    });

    test('new keys wait until the records of all of them have been seen for a while, then all change at once', async () => {
      await add('b-rsa', 'b-ed');
      await look({ 'b-rsa': true, 'b-ed': false }, NOW_MS);
      await look({ 'b-rsa': true, 'b-ed': true }, NOW_MS + SPREAD_MS);
      await look({ 'b-rsa': undefined, 'b-ed': undefined }, NOW_MS + 2 * SPREAD_MS - 1);
      expect(await states()).toEqual({
        'a-rsa': 'active',
        'a-ed': 'active',
        'b-rsa': 'pending',
        'b-ed': 'pending',
      });
      const version = await store.directory.latestVersion();
      const keys = await look({}, NOW_MS + 2 * SPREAD_MS);
      expect(await states()).toEqual({
        'a-rsa': 'retired',
        'a-ed': 'retired',
        'b-rsa': 'active',
        'b-ed': 'active',
      });
      expect(keys.find(({ selector }) => selector === 'a-rsa')).toMatchObject({
        state: 'retired',
        retiredAtMs: NOW_MS + 2 * SPREAD_MS,
      });
      expect(await store.directory.latestVersion()).toBeGreaterThan(version);
      await look({}, NOW_MS + 3 * SPREAD_MS);
      expect(await reasons()).toMatchObject([
        { domain: NAME, waiting: ['b-rsa', 'b-ed'] },
        { domain: NAME, began: ['b-ed', 'b-rsa'], ended: ['a-rsa', 'a-ed'] },
      ]);
    });

    test('a record that is gone again is waited for anew', async () => {
      await add('b-rsa');
      await look({ 'b-rsa': true }, NOW_MS);
      await look({ 'b-rsa': false }, NOW_MS + 1);
      await look({ 'b-rsa': true }, NOW_MS + SPREAD_MS);
      expect((await states())['b-rsa']).toBe('pending');
      await look({ 'b-rsa': true }, NOW_MS + 2 * SPREAD_MS);
      expect((await states())['b-rsa']).toBe('active');
    });

    test('there is one rotation at a time, which can be taken back before it signs', async () => {
      await add('b-rsa');
      await expect(add('c-rsa')).rejects.toMatchObject({ code: 'conflict' });
      expect(await store.directory.dropPendingKeys('dom_1', NOW_MS, 'test')).toBe(1);
      expect(await store.directory.dropPendingKeys('dom_1', NOW_MS, 'test')).toBe(0);
      await expect(add('b-rsa')).rejects.toMatchObject({ code: 'conflict' });
      await add('c-rsa');
      expect(await states()).toEqual({ 'a-rsa': 'active', 'a-ed': 'active', 'c-rsa': 'pending' });
    });

    test('no selector is made twice, also after the domain was removed, and by another account', async () => {
      await store.directory.removeDomain('dom_1', NOW_MS, 'test');
      await store.directory.addAccount({ id: 'acc_shop', name: 'shop', createdAtMs: 5 }, 'test');
      const other = { ...domain, id: 'dom_2', accountId: 'acc_shop', verifiedAtMs: undefined };
      await expect(store.directory.addDomain(other, [newKey('a-rsa')], 'test')).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(await store.directory.findDomain('acc_shop', NAME)).toBeUndefined();
      expect(await store.directory.selectorsOf(NAME)).toEqual(['a-ed', 'a-rsa']);
      expect(await store.directory.selectorsOf(NAME, 'a-r')).toEqual(['a-rsa']);
      await store.directory.addDomain(other, [newKey('b-rsa')], 'test');
    });

    test('an old record may go when all mail from before is settled and a week has passed; its private part goes at once', async () => {
      const atMs = NOW_MS + SPREAD_MS;
      const message = await newMessage(store, { signingDomain: NAME, acceptedAtMs: NOW_MS });
      await store.spool.accept(message);
      await add('b-rsa');
      await look({ 'b-rsa': true }, NOW_MS);
      await look({ 'b-rsa': true }, atMs);
      const mark = (at: number) => store.directory.markRemovableKeys('dom_1', at, 'test');
      expect(await mark(atMs + 2 * IN_TRANSIT_MS)).toEqual([]);
      const selection = { accountId: undefined, id: message.facts.id, destination: undefined };
      expect(await store.queue.cancel(selection, atMs, 'test')).toBe(1);
      expect(await mark(atMs + IN_TRANSIT_MS - 1)).toEqual([]);
      expect(await mark(atMs + IN_TRANSIT_MS)).toEqual(['a-rsa', 'a-ed']);
      expect(await mark(atMs + IN_TRANSIT_MS)).toEqual([]);
      const old = (await store.directory.dkimKeys('dom_1')).filter(({ state }) => state === 'retired');
      expect(old.map(({ sealedPrivateKey }) => sealedPrivateKey.length)).toEqual([0, 0]);
      expect(await store.directory.forgetKeys('dom_1', ['a-rsa', 'b-rsa'], atMs, 'test')).toBe(1);
      expect(await states()).toEqual({ 'a-ed': 'retired', 'b-rsa': 'active' });
    });

    test('domains are found that rotate, that are due to, and that are delegated', async () => {
      const names = (domains: readonly Domain[]) => domains.map(({ id }) => id);
      const due = async (every: number | undefined, atMs: number) =>
        names(await store.directory.domainsToRotate(every, atMs, 10));
      expect(await due(undefined, NOW_MS)).toEqual([]);
      expect(await due(100, 104)).toEqual([]);
      expect(await due(100, 105)).toEqual(['dom_1']);
      expect(await store.directory.changeDomain('dom_1', { rotateEveryMs: 0 }, NOW_MS, 'test')).toMatchObject(
        { rotateEveryMs: 0 },
      );
      expect(await due(100, NOW_MS)).toEqual([]);
      await store.directory.changeDomain('dom_1', { rotateEveryMs: 50, delegated: true }, NOW_MS, 'test');
      expect(await due(undefined, 55)).toEqual(['dom_1']);
      expect(names(await store.directory.delegatedDomains(undefined, 10))).toEqual(['dom_1']);
      expect(names(await store.directory.delegatedDomains('dom_1', 10))).toEqual([]);
      expect(names(await store.directory.domainsRotating(undefined, 10))).toEqual([]);
      await add('b-rsa');
      expect(names(await store.directory.domainsRotating(undefined, 10))).toEqual(['dom_1']);
      expect(await due(undefined, NOW_MS)).toEqual([]);
    });
  });
}

function newKey(selector: string, algorithm: DkimKey['algorithm'] = 'rsa-sha256'): DkimKey {
  return {
    domain: NAME,
    selector,
    algorithm,
    sealedPrivateKey: new Uint8Array([1, 2, 3]),
    publicKey: 'MII',
    state: 'active',
    createdAtMs: 5,
  };
}
