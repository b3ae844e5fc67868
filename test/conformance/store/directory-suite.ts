/** Accounts, domains, keys, credentials, streams, suppressions; and what a second process sees of them. */
import { describe, expect, test } from 'vitest';
import type { DkimKey, Domain } from '../../../src/store/directory-records.ts';
import type { NewSuppression } from '../../../src/store/suppression-records.ts';
import { eventually } from '../../support/eventually.ts';
import type { Engine, OpenedStore } from './engine.ts';
import { benchFor } from './engine.ts';
import { defaultAccountId, newCredential } from './fixtures.ts';

export function describeDirectory(engine: Engine): void {
  describe('directory', () => {
    const bench = benchFor(engine);

    test('the default account and its streams exist from the first start, once', async () => {
      const { open } = bench();
      const first = await open();
      const id = await defaultAccountId(first);
      expect(id).toMatch(/^acc_/);
      await first.close();
      const second = await open();
      expect(await second.directory.listAccounts()).toMatchObject([{ id, name: 'default' }]);
      expect((await second.directory.listStreams(id)).map(({ name, kind }) => [name, kind])).toEqual([
        ['broadcast', 'broadcast'],
        ['transactional', 'transactional'],
      ]);
    });

    test('the value that a wrong master key is known by stays as it was kept first', async () => {
      const { open } = bench();
      const store = await open();
      expect(await store.secrets.masterKeyCheck()).toBeUndefined();
      await store.secrets.keepMasterKeyCheck(Uint8Array.of(1, 2));
      await store.secrets.keepMasterKeyCheck(Uint8Array.of(3));
      await store.close();
      expect([...((await (await open()).secrets.masterKeyCheck()) ?? [])]).toEqual([1, 2]);
    });

    test('an added account counts at once, and its name is taken', async () => {
      const store = await bench().open();
      expect(await store.directory.accountByName('shop')).toBeUndefined();
      const account = { id: 'acc_shop', name: 'shop', createdAtMs: 5 };
      await store.directory.addAccount(account, 'test');
      expect(await store.directory.accountByName('shop')).toEqual(account);
      const twin = { ...account, id: 'acc_twin' };
      await expect(store.directory.addAccount(twin, 'test')).rejects.toMatchObject({ code: 'conflict' });
      expect(await store.directory.streamByName('acc_shop', 'broadcast')).toMatchObject({
        kind: 'broadcast',
      });
      await store.directory.addStream(
        { accountId: 'acc_shop', name: 'news', kind: 'broadcast', createdAtMs: 6 },
        'test',
      );
      expect(await store.directory.streamByName('acc_shop', 'news')).toMatchObject({ kind: 'broadcast' });
    });

    test('of the verified domains of an account the oldest is known', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      const add = async (name: string, createdAtMs: number, verifiedAtMs: number | undefined) =>
        store.directory.addDomain(
          { ...(await newDomain(store)), id: `dom_${name}`, name, createdAtMs, verifiedAtMs },
          [],
          'test',
        );
      await add('unverified.example', 1, undefined);
      expect(await store.directory.oldestVerifiedDomain(accountId)).toBeUndefined();
      await add('newer.example', 3, 4);
      await add('older.example', 2, 9);
      await eventually(
        async () => (await store.directory.oldestVerifiedDomain(accountId))?.name === 'older.example',
      );
      expect(await store.directory.oldestVerifiedDomain('acc_other')).toBeUndefined();
    });

    test('a domain has its keys, RSA first, and loses them with it', async () => {
      const store = await bench().open();
      const domain = await newDomain(store);
      const keys = [newKey('ed25519-sha256'), newKey('rsa-sha256')];
      await store.directory.addDomain(domain, keys, 'test');
      expect(await store.directory.findDomain(domain.accountId, 'example.org')).toEqual(domain);
      const read = await store.directory.dkimKeys(domain.id);
      expect(read.map(({ algorithm }) => algorithm)).toEqual(['rsa-sha256', 'ed25519-sha256']);
      expect([...read[0]!.sealedPrivateKey]).toEqual([1, 2, 3]);
      await expect(store.directory.addDomain({ ...domain, id: 'dom_2' }, [], 'test')).rejects.toMatchObject({
        code: 'conflict',
      });
      await store.directory.removeDomain(domain.id, 1, 'test');
      await expect(store.directory.removeDomain(domain.id, 1, 'test')).rejects.toMatchObject({
        code: 'not-found',
      });
      expect(await store.directory.listDomains(await defaultAccountId(store))).toEqual([]);
      await eventually(async () => (await store.directory.dkimKeys(domain.id)).length === 0);
    });

    test('what a look-up found may be old, but not for long', async () => {
      const store = await bench().open();
      const domain = await newDomain(store);
      await store.directory.addDomain(domain, [], 'test');
      const read = async () => (await store.directory.findDomain(domain.accountId, 'example.org'))!;
      expect((await read()).verifiedAtMs).toBeUndefined();
      const found = { domainId: domain.id, recordStatus: { 'dkim-rsa': 'ok' as const }, dkim: true };
      const check = { ...found, atMs: 77, holder: undefined };
      const now = { ...domain, recordStatus: found.recordStatus, verifiedAtMs: 77 };
      expect(await store.directory.recordDomainCheck(check, 'test')).toEqual(now);
      await eventually(async () => (await read()).verifiedAtMs === 77);
      expect(await read()).toEqual(now);
      await expect(
        store.directory.recordDomainCheck({ ...check, domainId: 'dom_none' }, 'test'),
      ).rejects.toMatchObject({ code: 'not-found' });
    });

    test('the addresses of a credential are read as keys, however they were stored', async () => {
      const store = await bench().open();
      const fromAddresses = [
        'Kate@example.org',
        '"joe"@example.org',
        '"Joe B."@example.org',
        'Änn@example.org',
      ];
      await store.directory.addCredential(await newCredential(store, { fromAddresses }), 'test');
      expect((await store.directory.credentialByUsername('app'))!.fromAddresses).toEqual([
        'kate@example.org',
        'joe@example.org',
        '"joe b."@example.org',
        'Änn@example.org',
      ]);
    });

    test('a credential is found by user name, id and name, and is seen to be revoked', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      const credential = await newCredential(store, {
        networks: ['192.0.2.0/24'],
        fromAddresses: ['a@example.org'],
        dailyQuota: 5,
        sendDsn: false,
        expiresAtMs: 99,
      });
      expect(await store.directory.credentialByUsername('app')).toBeUndefined();
      await store.directory.addCredential(credential, 'test');
      const found = (await store.directory.credentialByUsername('app'))!;
      expect({ ...found, secretHash: [...found.secretHash!] }).toEqual({
        ...credential,
        secretHash: [...credential.secretHash!],
      });
      expect((await store.directory.findCredential(accountId, credential.id))!.id).toBe(credential.id);
      expect((await store.directory.findCredential(accountId, 'app'))!.id).toBe(credential.id);
      expect(await store.directory.findCredential('acc_other', credential.id)).toBeUndefined();
      await store.directory.replaceCredentialSecret(credential.id, new Uint8Array([9]), 1, 'test');
      expect([...(await store.directory.findCredential(accountId, 'app'))!.secretHash!]).toEqual([9]);
      await store.directory.revokeCredential(credential.id, 123, 'test');
      await eventually(async () => (await store.directory.credentialByUsername('app'))!.revokedAtMs === 123);
      await expect(
        store.directory.replaceCredentialSecret(credential.id, new Uint8Array(1), 1, 'test'),
      ).rejects.toMatchObject({
        code: 'not-found',
      });
      // The name is free again; the user name is not.
      const next = await newCredential(store, { id: 'crd_next', username: 'app2' });
      await store.directory.addCredential(next, 'test');
      expect((await store.directory.findCredential(accountId, 'app'))!.id).toBe('crd_next');
      expect(await store.directory.listCredentials(accountId, undefined, 100)).toHaveLength(2);
    });

    test('credentials are listed in pages, and those that expire in a time by themselves', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      for (const [index, expiresAtMs] of [undefined, 500, 300, 900, 400].entries()) {
        const id = `crd_${index}`;
        const made = await newCredential(store, { id, name: id, username: id, expiresAtMs });
        await store.directory.addCredential(made, 'test');
      }
      await store.directory.revokeCredential('crd_4', 1, 'test');
      const ids = async (found: Promise<readonly { readonly id: string }[]>) =>
        (await found).map(({ id }) => id);
      const page = (after: string | undefined, limit: number) =>
        ids(store.directory.listCredentials(accountId, after, limit));
      await eventually(async () => (await store.directory.credentialByUsername('crd_4'))!.revokedAtMs === 1);
      expect(await page(undefined, 2)).toEqual(['crd_0', 'crd_1']);
      expect(await page('crd_1', 2)).toEqual(['crd_2', 'crd_3']);
      expect(await page('crd_3', 2)).toEqual(['crd_4']);
      expect(await page('crd_4', 2)).toEqual([]);
      expect(await page('nobody', 2)).toEqual([]);
      expect(await ids(store.directory.credentialsExpiring(accountId, 300, 500, 10))).toEqual([
        'crd_2',
        'crd_1',
      ]);
      expect(await ids(store.directory.credentialsExpiring(accountId, 300, 1_000, 1))).toEqual(['crd_2']);
      expect(await ids(store.directory.credentialsExpiring('acc_other', 0, 1_000, 9))).toEqual([]);
    });

    test('what a credential may do is changed as it was read, and its version grows', async () => {
      const store = await bench().open();
      const credential = await newCredential(store, { domains: ['example.org'], scopes: ['send'] });
      await store.directory.addCredential(credential, 'test');
      const read = async () => (await store.directory.findCredential(credential.accountId, credential.id))!;
      const lists = {
        domains: ['example.org', 'second.example'],
        fromAddresses: ['a@example.org'],
        networks: ['192.0.2.0/24'],
        scopes: ['send', 'domains'],
        name: 'renamed',
        stream: 'broadcast',
        ratePerMinute: 60,
        dailyQuota: 1000,
        limits: { messages_per_hour: 7, new_recipients_per_day: 0 },
        requireTls: false,
        sendDsn: true,
        dsnTo: 'dsn@example.org',
        expiresAtMs: 99_000,
      };
      await store.directory.changeCredential(credential, lists, 1, 'test');
      expect(await read()).toMatchObject(lists);
      expect((await read()).version).toBeGreaterThan(0);
      await eventually(async () => (await store.directory.credentialByUsername('app'))!.domains.length === 2);
      const again = store.directory.changeCredential(credential, { ...lists, domains: [] }, 1, 'test');
      await expect(again).rejects.toMatchObject({ code: 'conflict' });
      expect(await read()).toMatchObject(lists);
      await store.directory.revokeCredential(credential.id, 5, 'test');
      await expect(store.directory.changeCredential(await read(), lists, 1, 'test')).rejects.toMatchObject({
        code: 'not-found',
      });
    });

    test('network credentials are listed until they are revoked', async () => {
      const store = await bench().open();
      const network = {
        kind: 'network',
        username: undefined,
        secretHash: undefined,
        networks: ['192.0.2.7/32'],
      } as const;
      expect(await store.directory.networkCredentials()).toEqual([]);
      await store.directory.addCredential(
        await newCredential(store, { ...network, id: 'crd_1', name: 'printer' }),
        'test',
      );
      await store.directory.addCredential(
        await newCredential(store, { ...network, id: 'crd_2', name: 'old', expiresAtMs: 10 }),
        'test',
      );
      const listed = async () =>
        (await store.directory.networkCredentials()).map(({ id, expiresAtMs }) => [id, expiresAtMs]);
      expect(await listed()).toEqual([
        ['crd_1', undefined],
        ['crd_2', 10],
      ]);
      await store.directory.revokeCredential('crd_1', 5, 'test');
      expect(await listed()).toEqual([['crd_2', 10]]);
    });

    test('suppressions apply to their account or stream, page by address, and can be replaced and removed', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      const put = (parts: Partial<NewSuppression>) =>
        store.suppressions.addSuppression(
          {
            accountId,
            scope: '',
            address: 'a@example.com',
            reason: 'manual',
            evidence: 'asked',
            createdAtMs: 1,
            expiresAtMs: undefined,
            createdBy: 'test',
            ...parts,
          },
          'test',
        );
      const reason = async (address: string, stream = 'transactional') =>
        (await store.suppressions.suppressionFor(accountId, stream, address, 50))?.reason;
      await put({ address: 'b@example.com', scope: 'news' });
      await put({ address: 'c@example.com', expiresAtMs: 50 });
      await put({});
      expect(await reason('a@example.com')).toBe('manual');
      expect(await reason('b@example.com')).toBeUndefined();
      expect(await reason('b@example.com', 'news')).toBe('manual');
      expect(await reason('c@example.com')).toBeUndefined();
      await put({ reason: 'complaint' });
      await put({ scope: 'news' });
      expect(await reason('a@example.com', 'news')).toBe('complaint');
      const addresses = async (after: string | undefined) =>
        (await store.suppressions.listSuppressions(accountId, after, 1)).map(
          ({ address, scope }) => `${address} ${scope}`,
        );
      expect(await addresses(undefined)).toEqual(['a@example.com ', 'a@example.com ', 'a@example.com news']);
      expect(await addresses('a@example.com')).toEqual(['b@example.com news']);
      expect(
        await store.suppressions.removeSuppression(
          { accountId, scope: '', address: 'a@example.com', reason: undefined },
          1,
          'test',
        ),
      ).toBe(2);
      expect(
        await store.suppressions.removeSuppression(
          { accountId, scope: '', address: 'a@example.com', reason: undefined },
          1,
          'test',
        ),
      ).toBe(0);
      expect(await reason('a@example.com')).toBeUndefined();
    });

    test('what a tool adds beside the running relay counts at once', async () => {
      const { open } = bench();
      const relay = await open();
      const tool = await open({ exclusive: false });
      await tool.directory.addCredential(await newCredential(tool), 'relayctl');
      expect(await relay.directory.credentialByUsername('app')).toBeDefined();
      await expect(relay.directory.addCredential(await newCredential(relay), 'x')).rejects.toMatchObject({
        code: 'conflict',
      });
    });
  });
}

async function newDomain(store: OpenedStore): Promise<Domain> {
  return {
    id: 'dom_1',
    accountId: await defaultAccountId(store),
    name: 'example.org',
    verifiedAtMs: undefined,
    recordStatus: {},
    createdAtMs: 5,
  };
}

function newKey(algorithm: DkimKey['algorithm']): DkimKey {
  return {
    domain: 'example.org',
    selector: algorithm,
    algorithm,
    sealedPrivateKey: new Uint8Array([1, 2, 3]),
    publicKey: 'MII',
    state: 'active',
    createdAtMs: 5,
  };
}
