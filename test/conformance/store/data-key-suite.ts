/** The master keys of a store by id, hashes under each, and sealed values that are sealed anew. */
import { describe, expect, test } from 'vitest';
import { benchFor, type Engine } from './engine.ts';
import { defaultAccountId, newCredential, newMessage } from './fixtures.ts';

const BY = 'relayd';
const AT = 1_800_000_000_000;
const DAY_MS = 86_400_000;
const hash = (octet: number) => new Uint8Array(32).fill(octet);

export function describeDataKeys(engine: Engine): void {
  describe('master keys', () => {
    const bench = benchFor(engine);
    const note = { before: undefined, takesOver: false };

    test('are kept in order of adoption, with the time of their last use', async () => {
      const { dataKeys } = await bench().open();
      expect(await dataKeys.dataKeys()).toEqual([]);
      expect(await dataKeys.firstDataKey()).toBeUndefined();
      await dataKeys.noteDataKey({ ...note, keyId: 'one', atMs: AT }, BY);
      await dataKeys.noteDataKey({ ...note, keyId: 'one', atMs: AT + 5 }, BY);
      // A clock that is behind takes nothing back.
      await dataKeys.noteDataKey({ ...note, keyId: 'one', atMs: AT + 1 }, BY);
      const after = await dataKeys.noteDataKey({ ...note, keyId: 'two', atMs: AT - 100 }, BY);
      expect(after).toEqual([
        { keyId: 'one', adoptedAtMs: AT, usedAtMs: AT + 5 },
        { keyId: 'two', adoptedAtMs: AT + 1, usedAtMs: AT - 100 },
      ]);
      expect(await dataKeys.dataKeys()).toEqual(after);
    });

    test('one that was replaced becomes the present one again only where it takes over', async () => {
      const { dataKeys } = await bench().open();
      await dataKeys.noteDataKey({ ...note, keyId: 'one', atMs: AT }, BY);
      await dataKeys.noteDataKey({ ...note, keyId: 'two', atMs: AT + 1 }, BY);
      const ids = async (takesOver: boolean) =>
        (await dataKeys.noteDataKey({ ...note, takesOver, keyId: 'one', atMs: AT + 2 }, BY)).map(
          ({ keyId }) => keyId,
        );
      expect(await ids(false)).toEqual(['one', 'two']);
      expect(await ids(true)).toEqual(['two', 'one']);
      expect(await dataKeys.firstDataKey()).toBe('one');
    });

    test('the key before the first that is noted comes first, once', async () => {
      const { dataKeys, audit } = await bench().open();
      const use = { keyId: 'two', before: 'one', takesOver: true, atMs: AT };
      await dataKeys.noteDataKey(use, BY);
      const keys = await dataKeys.noteDataKey({ ...use, before: 'none' }, BY);
      expect(keys.map(({ keyId }) => keyId)).toEqual(['one', 'two']);
      const { lines } = await audit.auditStretch(0, 100);
      expect(lines.filter(({ action }) => action === 'data-key use')).toHaveLength(1);
    });

    test('hashes of secrets count under the key that made them, those without one under the first', async () => {
      const store = await bench().open();
      const { dataKeys, directory } = store;
      const add = async (id: string, octet: number, parts: object = {}) =>
        directory.addCredential(
          await newCredential(store, { id, name: id, username: id, secretHash: hash(octet), ...parts }),
          BY,
        );
      await add('crd_first', 1);
      await add('crd_two', 2, { secretKey: 'two' });
      await add('crd_expired', 3, { expiresAtMs: AT - 1 });
      await add('crd_revoked', 4);
      await directory.revokeCredential('crd_revoked', AT, BY);
      await add('crd_rotated', 5);
      await directory.replaceCredentialSecret('crd_rotated', hash(6), AT, BY, AT + DAY_MS, undefined, 'two');
      const before = await dataKeys.hashesUnderOthers('two', AT, 10);
      expect(before.counts).toEqual([{ keyId: undefined, secrets: 2 }]);
      await dataKeys.noteDataKey({ keyId: 'two', before: 'one', takesOver: true, atMs: AT }, BY);
      expect(await dataKeys.hashesUnderOthers('two', AT, 10)).toEqual({
        erased: [],
        counts: [{ keyId: 'one', secrets: 2 }],
        first: [
          { keyId: 'one', account: 'default', credentialId: 'crd_first', name: 'crd_first' },
          { keyId: 'one', account: 'default', credentialId: 'crd_rotated', name: 'crd_rotated' },
        ],
      });
      const hashed = {
        ...{ accountId: await defaultAccountId(store), scope: '', reason: 'manual' as const, evidence: '' },
        ...{ createdAtMs: AT, expiresAtMs: undefined, createdBy: 'test' },
      } as const;
      for (const address of ['hash:keyofone:a', 'hash:keyofone:b', 'hash:keyoftwo:a', 'hashish@example.org'])
        await store.suppressions.addSuppression({ ...hashed, address }, BY);
      expect((await dataKeys.hashesUnderOthers('keyoftwo', AT, 10)).erased).toEqual([
        { keyId: 'keyofone', suppressions: 2 },
      ]);
      expect((await dataKeys.hashesUnderOthers('two', AT, 1)).first).toHaveLength(1);
      // The old secret is valid no more.
      expect((await dataKeys.hashesUnderOthers('two', AT + 2 * DAY_MS, 10)).counts).toEqual([
        { keyId: 'one', secrets: 1 },
      ]);
      expect((await dataKeys.hashesUnderOthers('one', AT, 10)).counts).toEqual([
        { keyId: 'two', secrets: 2 },
      ]);
    });

    test('a secret that was presented is found by its new hash, current or old, and no other is touched', async () => {
      const store = await bench().open();
      const { dataKeys, directory } = store;
      const made = await newCredential(store, {
        id: 'crd_1',
        kind: 'api',
        username: undefined,
        secretHash: hash(1),
      });
      await directory.addCredential(made, BY);
      await directory.replaceCredentialSecret('crd_1', hash(2), AT, BY, AT + DAY_MS);
      const rehash = (from: number, to: number) => ({
        credentialId: 'crd_1',
        from: hash(from),
        to: hash(to),
      });
      expect(await dataKeys.rehashSecrets('two', [rehash(1, 11), rehash(2, 12), rehash(3, 13)])).toBe(2);
      expect(await dataKeys.rehashSecrets('two', [rehash(1, 11)])).toBe(0);
      const found = await directory.credentialBySecretHash(hash(12));
      expect(found).toMatchObject({ id: 'crd_1', oldSecretUntilMs: AT + DAY_MS });
      expect(Buffer.from(found?.oldSecretHash ?? [])).toEqual(Buffer.from(hash(11)));
      expect((await directory.credentialBySecretHash(hash(11)))?.id).toBe('crd_1');
      expect(await directory.credentialBySecretHash(hash(2))).toBeUndefined();
      expect((await dataKeys.hashesUnderOthers('two', AT, 10)).counts).toEqual([]);
      // Another key became the present one.
      await dataKeys.noteDataKey({ ...note, keyId: 'two', atMs: AT }, BY);
      await dataKeys.noteDataKey({ ...note, keyId: 'three', atMs: AT }, BY);
      expect(await dataKeys.rehashSecrets('two', [rehash(12, 22)])).toBe(0);
      expect(await dataKeys.rehashSecrets('three', [rehash(12, 32)])).toBe(1);
      expect(await dataKeys.rehashSecrets('three', [rehash(32, 12)])).toBe(1);
      // One that was rotated or revoked meanwhile stays as it is.
      await directory.revokeCredential('crd_1', AT, BY);
      expect(await dataKeys.rehashSecrets('three', [rehash(12, 22)])).toBe(0);
    });

    test('known recipients are known by their new hash', async () => {
      const store = await bench().open();
      expect(await store.dataKeys.newestKnownRecipient()).toBeUndefined();
      const atMs = AT + DAY_MS / 2;
      const send = async (recipientHashes: readonly string[]) => {
        const uses = [{ holder: 'acc_1', recipientHashes }];
        await store.spool.accept(await newMessage(store, { uses, acceptedAtMs: atMs }));
      };
      await send(['old a', 'old b']);
      expect(await store.dataKeys.newestKnownRecipient()).toBe(Math.floor(atMs / DAY_MS));
      await store.dataKeys.rehashRecipients('two', [
        { holder: 'acc_1', from: 'old b', to: 'b' },
        { holder: 'acc_1', from: 'old a', to: 'a' },
        { holder: 'acc_1', from: 'old c', to: 'c' },
        { holder: 'acc_2', from: 'old a', to: 'a' },
      ]);
      const hashes = ['old a', 'old b', 'a', 'b', 'c'];
      expect([...(await store.usage.knownRecipients('acc_1', hashes))].sort()).toEqual(['a', 'b']);
      expect(await store.usage.knownRecipients('acc_2', hashes)).toEqual([]);
      await send(['a', 'b', 'd']);
      const day = Math.floor(atMs / DAY_MS);
      expect(await store.usage.usageOf('acc_1', 86_400, day)).toMatchObject({
        messages: 2,
        newRecipients: 3,
      });
    });

    test('sealed values are read place by place, and replaced where they are what was read', async () => {
      const store = await bench().open();
      const { secrets, directory } = store;
      const account = await directory.accountByName('default');
      const of = { accountId: account?.id ?? '', recordStatus: {}, createdAtMs: AT };
      const key = (selector: string) => ({
        ...{ domain: 'example.org', selector, state: 'active' as const, algorithm: 'rsa-sha256' as const },
        ...{ sealedPrivateKey: Buffer.from(selector), publicKey: 'MII', createdAtMs: AT },
      });
      const unverified = { verifiedAtMs: undefined, failingSinceMs: undefined };
      await directory.addDomain(
        { id: 'dom_1', name: 'example.org', ...of, ...unverified },
        [key('one'), key('two'), key('three')],
        BY,
      );
      const first = await secrets.secretsAfter('dkim', 0, 2);
      expect(first.map(({ secret }) => secret.kind === 'dkim' && secret.selector)).toEqual(['one', 'two']);
      const rest = await secrets.secretsAfter('dkim', first.at(-1)?.row ?? 0, 2);
      expect(rest.map(({ secret }) => secret.kind === 'dkim' && secret.selector)).toEqual(['three']);
      expect(await secrets.secretsAfter('webhook', 0, 10)).toEqual([]);
      expect(await secrets.secretsAfter('webhook-previous', 0, 10)).toEqual([]);
      const [one, two] = first;
      const to = Buffer.from('anew');
      expect(
        await secrets.reseal('dkim', [
          { row: one?.row ?? 0, from: Buffer.from('one'), to },
          { row: two?.row ?? 0, from: Buffer.from('other'), to },
        ]),
      ).toBe(1);
      const sealed = (await directory.dkimKeys('dom_1')).map(({ sealedPrivateKey }) =>
        Buffer.from(sealedPrivateKey).toString(),
      );
      expect(sealed.sort()).toEqual(['anew', 'three', 'two']);
    });

    test('the check value is replaced by one that was sealed anew', async () => {
      const { secrets } = await bench().open();
      const [one, two] = [Buffer.from('one'), Buffer.from('two')];
      await secrets.replaceMasterKeyCheck(one, two);
      expect(await secrets.masterKeyCheck()).toBeUndefined();
      await secrets.keepMasterKeyCheck(one);
      await secrets.replaceMasterKeyCheck(two, Buffer.from('three'));
      await secrets.replaceMasterKeyCheck(one, two);
      expect(Buffer.from((await secrets.masterKeyCheck()) ?? [])).toEqual(two);
    });
  });
}
