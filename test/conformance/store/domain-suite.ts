/** Domains that several accounts have added: each its own, one at most verified. */
import { beforeEach, describe, expect, test } from 'vitest';
import { HOLD_MS } from '../../../src/policy/domain-claim.ts';
import type { DomainRecordsFound } from '../../../src/store/directory.ts';
import type { DkimKey, Domain } from '../../../src/store/directory-records.ts';
import { eventually } from '../../support/eventually.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import { defaultAccountId } from './fixtures.ts';

const NAME = 'example.org';
const DAY_MS = 24 * 3_600_000;
const NOW_MS = 1_000 * DAY_MS;

export function describeDomains(engine: Engine): void {
  describe('domains of one name', () => {
    const bench = benchFor(engine);
    let store: OpenedStore;
    let first: Domain;
    let second: Domain;

    beforeEach(async () => {
      store = await bench().open();
      await store.directory.addAccount({ id: 'acc_shop', name: 'shop', createdAtMs: 5 }, 'test');
      first = newDomain('dom_1', await defaultAccountId(store));
      second = newDomain('dom_2', 'acc_shop');
      await store.directory.addDomain(first, [newKey('one')], 'test');
      await store.directory.addDomain(second, [newKey('two')], 'test');
    });

    const check = (domain: Domain, ok: boolean, atMs: number, holder?: DomainRecordsFound) =>
      store.directory.recordDomainCheck({ ...found(domain, ok), atMs, holder }, 'test');
    const events = async () =>
      (
        await store.events.readEvents({
          accountId: undefined,
          messageId: undefined,
          recipient: undefined,
          types: [],
          after: 0,
          limit: 10,
        })
      ).events.map(({ type, accountName, data }) => ({ type, accountName, data }));

    test('have their own keys, and are found by account; none holds the name', async () => {
      expect(await store.directory.findDomain(first.accountId, NAME)).toEqual(first);
      expect(await store.directory.findDomain('acc_shop', NAME)).toEqual(second);
      expect(
        (await store.directory.dkimKeys('dom_1')).map(({ selector, domain }) => [selector, domain]),
      ).toEqual([['one', NAME]]);
      expect((await store.directory.dkimKeys('dom_2')).map(({ selector }) => selector)).toEqual(['two']);
      expect(await store.directory.domainHolder(NAME)).toBeUndefined();
    });

    test('the first whose records are there holds it, and keeps the other from being verified', async () => {
      expect(await check(second, true, NOW_MS)).toMatchObject({ id: 'dom_2', verifiedAtMs: NOW_MS });
      expect(await store.directory.domainHolder(NAME)).toMatchObject({ id: 'dom_2', accountId: 'acc_shop' });
      const refused = await check(first, true, NOW_MS + 1, found(second, true));
      expect(refused).toMatchObject({ verifiedAtMs: undefined, recordStatus: { 'dkim-rsa': 'ok' } });
      expect(await store.directory.domainHolder(NAME)).toMatchObject({ id: 'dom_2' });
      expect(await events()).toEqual([]);
    });

    test('one that was verified while the other was looked up comes first', async () => {
      await check(first, true, NOW_MS);
      await check(second, true, NOW_MS);
      await eventually(async () => (await store.directory.domainHolder(NAME))?.id === 'dom_1');
      // What is said of the records of somebody who does not hold the name says nothing about who does.
      await check(second, true, NOW_MS + 2 * HOLD_MS, found(newDomain('dom_gone', 'acc_gone'), false));
      await eventually(async () => (await store.directory.domainHolder(NAME))?.id === 'dom_1');
    });

    test('removing one leaves the other its keys; the name is free once its holder is gone', async () => {
      await check(first, true, NOW_MS);
      await store.directory.removeDomain('dom_2', 1, 'test');
      expect(await store.directory.domainHolder(NAME)).toMatchObject({ id: 'dom_1' });
      expect(await store.directory.dkimKeys('dom_1')).toHaveLength(1);
      await store.directory.addDomain(second, [newKey('three')], 'test');
      await store.directory.removeDomain('dom_1', 1, 'test');
      expect(await check(second, true, NOW_MS + 1)).toMatchObject({ verifiedAtMs: NOW_MS + 1 });
    });

    test('a holder whose records fail keeps the name for a week, then the other has it, and both hear of it', async () => {
      await check(first, true, NOW_MS);
      const rival = (atMs: number) => check(second, true, atMs, found(first, false));
      expect(await rival(NOW_MS + DAY_MS)).toMatchObject({ verifiedAtMs: undefined });
      await eventually(
        async () => (await store.directory.domainHolder(NAME))?.failingSinceMs === NOW_MS + DAY_MS,
      );
      expect(await store.directory.domainHolder(NAME)).toMatchObject({
        verifiedAtMs: NOW_MS,
        recordStatus: { 'dkim-rsa': 'missing', spf: 'ok' },
      });
      expect(await rival(NOW_MS + 8 * DAY_MS - 1)).toMatchObject({ verifiedAtMs: undefined });
      expect(await events()).toEqual([]);
      const atMs = NOW_MS + 8 * DAY_MS;
      expect(await rival(atMs)).toMatchObject({ verifiedAtMs: atMs, failingSinceMs: undefined });
      await eventually(async () => (await store.directory.domainHolder(NAME))?.id === 'dom_2');
      await eventually(
        async () => (await store.directory.findDomain(first.accountId, NAME))?.verifiedAtMs === undefined,
      );
      expect(await store.directory.dkimKeys('dom_1')).toHaveLength(1);
      expect(await events()).toEqual([
        {
          type: 'domain_changed',
          accountName: 'default',
          data: { domain: NAME, verified: false, reason: 'its DKIM records failed for long' },
        },
        {
          type: 'domain_changed',
          accountName: 'shop',
          data: { domain: NAME, verified: true, reason: 'its DKIM records are there' },
        },
      ]);
    });

    test('a holder that is not verified any more by its own look-ups still holds the name', async () => {
      await check(first, true, NOW_MS);
      const atMs = NOW_MS + 1;
      expect(await check(first, false, atMs)).toMatchObject({
        ...{ verifiedAtMs: NOW_MS, failingSinceMs: atMs, failedLooks: 1 },
      });
      await check(first, false, atMs + 1);
      expect(await events()).toEqual([]);
      expect(await check(first, false, atMs + DAY_MS)).toMatchObject({
        ...{ verifiedAtMs: undefined, failingSinceMs: atMs, failedLooks: 3 },
      });
      expect((await events()).map(({ data }) => data['verified'])).toEqual([false]);
      expect(await check(second, true, atMs + DAY_MS, found(first, false))).toMatchObject({
        verifiedAtMs: undefined,
      });
      expect(await check(first, true, atMs + DAY_MS + 1)).toMatchObject({
        ...{ verifiedAtMs: atMs + DAY_MS + 1, failingSinceMs: undefined, failedLooks: undefined },
      });
    });

    test('a look that nobody asked for is told when it verifies, and raises the version only when it changes something', async () => {
      const look = (published: boolean | undefined, atMs: number) =>
        store.directory.recordDomainCheck(
          {
            ...{ domainId: 'dom_1', atMs, holder: undefined, byItself: true, dkim: published },
            recordStatus: {
              'dkim-rsa': published === undefined ? 'unchecked' : published ? 'ok' : 'missing',
            },
            keys:
              published === undefined
                ? []
                : [{ selector: 'one', finding: published ? 'published' : 'missing' }],
          },
          'relayd',
        );
      const key = async () => (await store.directory.dkimKeys('dom_1'))[0];
      const version = () => store.directory.latestVersion();
      expect(await look(true, NOW_MS)).toMatchObject({ verifiedAtMs: NOW_MS });
      expect((await events()).map(({ data }) => data['verified'])).toEqual([true]);
      const before = await version();
      await look(true, NOW_MS + 5);
      await look(undefined, NOW_MS + 6);
      expect(await version()).toBe(before);
      await eventually(async () => (await key())?.seenAtMs === NOW_MS + 5);
      await look(false, NOW_MS + 7);
      await look(false, NOW_MS + 8);
      expect(await version()).toBeGreaterThan(before);
      await eventually(async () => (await key())?.failingSinceMs === NOW_MS + 7);
      expect(await look(undefined, NOW_MS + 9)).toMatchObject({ recordStatus: { 'dkim-rsa': 'missing' } });
      await look(true, NOW_MS + 10);
      await eventually(async () => (await key())?.failingSinceMs === undefined);
      expect(await key()).toMatchObject({ seenAtMs: NOW_MS + 10 });
    });

    test('a key is dropped by three looks over a day, at once by another key in its place, and one good look brings it back', async () => {
      const look = async (finding: 'published' | 'missing' | 'other', atMs: number) => {
        const before = await store.directory.latestVersion();
        await store.directory.recordDomainCheck(
          {
            ...{ domainId: 'dom_1', atMs, holder: undefined, byItself: true, dkim: undefined },
            ...{ recordStatus: {}, keys: [{ selector: 'one', finding }] },
          },
          'relayd',
        );
        const [key] = await store.directory.dkimKeys('dom_1');
        return [key?.droppedAtMs, (await store.directory.latestVersion()) > before];
      };
      // Sessions and signers hear of what changes the keys that sign, and of nothing else.
      expect(await look('missing', NOW_MS)).toEqual([undefined, true]);
      expect(await look('missing', NOW_MS + DAY_MS - 1)).toEqual([undefined, false]);
      expect(await look('missing', NOW_MS + DAY_MS)).toEqual([NOW_MS + DAY_MS, true]);
      expect(await look('other', NOW_MS + DAY_MS + 1)).toEqual([NOW_MS + DAY_MS, false]);
      expect(await look('published', NOW_MS + DAY_MS + 2)).toEqual([undefined, true]);
      expect(await look('other', NOW_MS + DAY_MS + 3)).toEqual([NOW_MS + DAY_MS + 3, true]);
    });
  });
}

function newDomain(id: string, accountId: string): Domain {
  return { id, accountId, name: NAME, verifiedAtMs: undefined, recordStatus: {}, createdAtMs: 5 };
}

function newKey(selector: string): DkimKey {
  return {
    domain: NAME,
    selector,
    algorithm: 'rsa-sha256',
    sealedPrivateKey: new Uint8Array([1, 2, 3]),
    publicKey: 'MII',
    state: 'active',
    createdAtMs: 5,
  };
}

/** Of a holder only the DKIM records are looked up; what was known of others stays. */
function found({ id }: Domain, ok: boolean): DomainRecordsFound {
  const recordStatus = ok ? ({ 'dkim-rsa': 'ok', spf: 'ok' } as const) : ({ 'dkim-rsa': 'missing' } as const);
  return { domainId: id, recordStatus, dkim: ok };
}
