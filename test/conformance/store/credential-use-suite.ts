/** Credentials in use: what is counted of them and of accounts, two secrets at a time, and where they were last used from. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { DAY_MS } from '../../../src/platform/time-units.ts';
import type { CredentialUse } from '../../../src/policy/credential-use.ts';
import type { CountedUse } from '../../../src/store/usage.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import { HOUR_MS, newCredential, newMessage } from './fixtures.ts';

const HOUR = 3_600;
const DAY = 86_400;
const AGES = { contentMs: HOUR_MS, metadataMs: HOUR_MS, eventsMs: HOUR_MS };

export function describeCredentialUse(engine: Engine): void {
  describe('use that is counted', () => {
    const bench = benchFor(engine);
    /** In the middle of an hour and of a day, and not long ago. */
    const noon = () => Math.floor(systemClock.now() / DAY_MS) * DAY_MS + 12.5 * HOUR_MS;
    const accept = async (
      store: OpenedStore,
      uses: readonly CountedUse[],
      recipients: number,
      atMs: number,
    ) =>
      await store.spool.accept(
        await newMessage(store, {
          uses,
          acceptedAtMs: atMs,
          recipients: Array.from({ length: recipients }, (_, index) => `user${index}@example.com`),
        }),
      );
    const counted = async (store: OpenedStore, holder: string, seconds: number, atMs: number) =>
      await store.usage.usageOf(holder, seconds, Math.floor(atMs / (seconds * 1_000)));

    test('counts messages and recipients of each holder by hour and day, in the commit of the message', async () => {
      const { open } = bench();
      const store = await open();
      const atMs = noon();
      await Promise.all([
        accept(store, [{ holder: 'crd_1' }, { holder: 'acc_1' }], 3, atMs),
        accept(store, [{ holder: 'crd_2' }, { holder: 'acc_1' }], 1, atMs + 1),
        accept(store, [{ holder: 'crd_1' }, { holder: 'acc_1' }], 2, atMs + HOUR_MS),
      ]);
      await store.close();
      const after = await open();
      const { usage } = after;
      expect(await usage.usageOf('crd_1', HOUR, 0)).toEqual({ messages: 0, recipients: 0, newRecipients: 0 });
      expect(await counted(after, 'crd_1', HOUR, atMs)).toMatchObject({ messages: 1, recipients: 3 });
      expect(await counted(after, 'crd_1', DAY, atMs)).toMatchObject({ messages: 2, recipients: 5 });
      expect(await counted(after, 'acc_1', HOUR, atMs)).toMatchObject({ messages: 2, recipients: 4 });
      expect(await counted(after, 'acc_1', DAY, atMs)).toMatchObject({ messages: 3, recipients: 6 });
    });

    test('what was not accepted does not count, beside what was', async () => {
      const store = await bench().open();
      const atMs = noon();
      const uses = [{ holder: 'crd_1', recipientHashes: ['h1', 'h2'] }];
      const taken = await newMessage(store, { uses, acceptedAtMs: atMs });
      const [first, second] = await Promise.allSettled([
        store.spool.accept(taken),
        store.spool.accept({ ...taken, uses: [{ holder: 'crd_1', recipientHashes: ['h3'] }] }),
        store.spool.accept(
          await newMessage(store, {
            uses,
            acceptedAtMs: atMs,
            credentialId: 'crd_none',
            credentialVersion: 0,
          }),
        ),
      ]);
      expect([first.status, second.status]).toContain('fulfilled');
      expect(await counted(store, 'crd_1', DAY, atMs)).toMatchObject({ messages: 1, newRecipients: 2 });
      expect(await store.usage.knownRecipients('crd_1', ['h1', 'h2', 'h3'])).not.toContain('h3');
    });

    test('recipients are new to a holder once, also when several messages of a commit have them', async () => {
      const store = await bench().open();
      const atMs = noon();
      const send = (hashes: readonly string[], at: number) =>
        accept(store, [{ holder: 'crd_1', recipientHashes: hashes }, { holder: 'acc_1' }], 1, at);
      await Promise.all([send(['a', 'b'], atMs), send(['b', 'c'], atMs), send(['a'], atMs)]);
      expect(await counted(store, 'crd_1', DAY, atMs)).toMatchObject({ messages: 3, newRecipients: 3 });
      expect(await counted(store, 'crd_1', HOUR, atMs)).toMatchObject({ messages: 3, newRecipients: 0 });
      expect(await counted(store, 'acc_1', DAY, atMs)).toMatchObject({ messages: 3, newRecipients: 0 });
      await send(['a', 'd'], atMs + DAY_MS);
      expect(await counted(store, 'crd_1', DAY, atMs + DAY_MS)).toMatchObject({ newRecipients: 1 });
      expect([...(await store.usage.knownRecipients('crd_1', ['a', 'd', 'e']))].sort()).toEqual(['a', 'd']);
      expect(await store.usage.knownRecipients('acc_1', ['a'])).toEqual([]);
    });

    test('goes when it is old: periods after a week, recipients a year after they were last mailed', async () => {
      const store = await bench().open();
      const atMs = noon();
      const send = (hashes: readonly string[], at: number) =>
        accept(store, [{ holder: 'crd_1', recipientHashes: hashes }], 1, at);
      const known = async () => [...(await store.usage.knownRecipients('crd_1', ['a', 'b']))].sort();
      await send(['a', 'b'], atMs);
      await send(['b'], atMs + 40 * DAY_MS);
      const clean = async (days: number) => {
        for (let step = 0; step < 50; step++)
          if (!(await store.retention.clean(atMs + days * DAY_MS, AGES)).more) return;
      };
      await clean(6);
      expect(await counted(store, 'crd_1', DAY, atMs)).toMatchObject({ messages: 1 });
      await clean(9);
      expect(await counted(store, 'crd_1', DAY, atMs)).toMatchObject({ messages: 0 });
      expect(await known()).toEqual(['a', 'b']);
      await clean(366);
      expect(await known()).toEqual(['b']);
      await clean(406);
      expect(await known()).toEqual([]);
    });
  });

  describe('two secrets', () => {
    const bench = benchFor(engine);
    const hash = (octet: number) => new Uint8Array(32).fill(octet);
    const octet = (bytes: Uint8Array | undefined) => bytes?.[0];

    test('the one before is kept until a time, found by its hash, and replaced when it is over', async () => {
      const store = await bench().open();
      const credential = await newCredential(store, {
        kind: 'api',
        username: undefined,
        secretHash: hash(1),
      });
      const { directory } = store;
      await directory.addCredential(credential, 'test');
      const { id } = credential;
      await directory.replaceCredentialSecret(id, hash(2), 1_000, 'test', 5_000);
      const found = await directory.credentialBySecretHash(hash(1));
      expect(found).toMatchObject({ id, oldSecretUntilMs: 5_000 });
      expect([octet(found?.secretHash), octet(found?.oldSecretHash)]).toEqual([2, 1]);
      expect(await directory.credentialBySecretHash(hash(2))).toEqual(found);
      expect(await directory.credentialBySecretHash(hash(3))).toBeUndefined();
      expect(found!.version).toBeGreaterThan(0);
      const third = directory.replaceCredentialSecret(id, hash(3), 4_999, 'test', 9_000);
      await expect(third).rejects.toMatchObject({ code: 'conflict' });
      await directory.replaceCredentialSecret(id, hash(3), 5_000, 'test', 9_000);
      const again = await directory.findCredential(credential.accountId, id);
      expect(again).toMatchObject({ oldSecretUntilMs: 9_000 });
      expect([octet(again?.secretHash), octet(again?.oldSecretHash)]).toEqual([3, 2]);
      await directory.replaceCredentialSecret(id, hash(4), 6_000, 'test');
      const now = await directory.findCredential(credential.accountId, id);
      expect(octet(now?.secretHash)).toBe(4);
      expect(now?.oldSecretHash).toBeUndefined();
    });

    test('the old one ends when it is told to, and cannot end twice', async () => {
      const store = await bench().open();
      const credential = await newCredential(store, { secretHash: hash(1) });
      const { directory } = store;
      await directory.addCredential(credential, 'test');
      const end = (atMs: number) => directory.endOldSecret(credential.id, atMs, 'test');
      await expect(end(1)).rejects.toMatchObject({ code: 'conflict' });
      await directory.replaceCredentialSecret(credential.id, hash(2), 1_000, 'test', 5_000);
      await end(2_000);
      expect(
        (await directory.findCredential(credential.accountId, credential.id))?.oldSecretHash,
      ).toBeUndefined();
      await expect(end(2_001)).rejects.toMatchObject({ code: 'conflict' });
      await directory.revokeCredential(credential.id, 3_000, 'test');
      await expect(end(3_001)).rejects.toMatchObject({ code: 'not-found' });
    });
  });

  describe('last use', () => {
    const bench = benchFor(engine);
    const use = (credentialId: string, parts: Partial<CredentialUse> = {}): CredentialUse => ({
      credentialId,
      atMs: 1_000,
      address: '192.0.2.7',
      name: 'client.example',
      tls: 'TLSv1.3',
      withOldSecret: false,
      ...parts,
    });
    const one = async (store: OpenedStore, id: string) => (await store.usage.lastUses([id]))[0];

    test('is kept of each credential, and of either secret', async () => {
      const store = await bench().open();
      const credential = await newCredential(store);
      await store.directory.addCredential(credential, 'test');
      const { id } = credential;
      expect(await store.usage.lastUses([id, 'crd_none'])).toEqual([]);
      expect(await store.usage.recordUses([use(id), use('crd_none')])).toEqual([]);
      expect(await one(store, id)).toEqual({
        credentialId: id,
        atMs: 1_000,
        address: '192.0.2.7',
        name: 'client.example',
        tls: 'TLSv1.3',
        secretAtMs: 1_000,
        oldSecretAtMs: undefined,
        networks: [{ network: '192.0.2.0/24', firstAtMs: 1_000, lastAtMs: 1_000 }],
        newNetwork: undefined,
      });
      await store.directory.replaceCredentialSecret(id, new Uint8Array(32), 2_000, 'test', 9_000);
      expect(await one(store, id)).toMatchObject({ secretAtMs: undefined, oldSecretAtMs: 1_000 });
      await store.usage.recordUses([
        use(id, {
          atMs: 3_000,
          withOldSecret: true,
          name: undefined,
          tls: undefined,
          address: '2001:db8::1',
        }),
      ]);
      expect(await one(store, id)).toMatchObject({
        atMs: 3_000,
        name: undefined,
        secretAtMs: undefined,
        oldSecretAtMs: 3_000,
        networks: [{ network: '192.0.2.0/24' }, { network: '2001:db8:0::/48' }],
      });
    });

    test('says which are unused, the oldest first, and which were used from a new network', async () => {
      const store = await bench().open();
      const { directory, usage } = store;
      const made = async (name: string, parts: object = {}) => {
        const credential = await newCredential(store, { name, username: name, createdAtMs: 0, ...parts });
        await directory.addCredential(credential, 'test');
        return credential;
      };
      const used = await made('used');
      const idle = await made('idle');
      await made('never', { createdAtMs: 5 });
      await made('young', { createdAtMs: 100 * DAY_MS });
      await made('expired', { expiresAtMs: DAY_MS });
      await usage.recordUses([use(idle.id, { atMs: 7 }), use(used.id, { atMs: 99 * DAY_MS })]);
      await usage.recordUses([use(used.id, { atMs: 99 * DAY_MS + 1, address: '198.51.100.7' })]);
      const { accountId } = used;
      const unused = async (limit: number) =>
        await usage.unusedCredentials(accountId, 10 * DAY_MS, 100 * DAY_MS, limit);
      expect(await unused(9)).toMatchObject([
        { name: 'never', sinceMs: 5 },
        { name: 'idle', sinceMs: 7 },
      ]);
      expect(await unused(1)).toHaveLength(1);
      expect(await usage.unusedCredentials('acc_other', 10 * DAY_MS, 100 * DAY_MS, 9)).toEqual([]);
      const found = { id: used.id, name: 'used', network: '198.51.100.0/24', atMs: 99 * DAY_MS + 1 };
      expect(await usage.newNetworks(accountId, 99 * DAY_MS, 9)).toEqual([found]);
      expect(await usage.newNetworks(accountId, 99 * DAY_MS + 2, 9)).toEqual([]);
    });

    test('from a network that is new to a credential is told once, and raises no version', async () => {
      const store = await bench().open();
      const credential = await newCredential(store, { createdAtMs: 0 });
      await store.directory.addCredential(credential, 'test');
      const { id } = credential;
      const version = await store.directory.latestVersion();
      const from = (address: string, atMs: number) => store.usage.recordUses([use(id, { address, atMs })]);
      const atMs = 30 * DAY_MS;
      expect(await from('192.0.2.7', atMs)).toEqual([]);
      expect(await from('198.51.100.7', atMs + 1)).toEqual([
        { credentialId: id, network: '198.51.100.0/24' },
      ]);
      expect(await from('198.51.100.8', atMs + 2)).toEqual([]);
      expect(await one(store, id)).toMatchObject({
        newNetwork: { network: '198.51.100.0/24', atMs: atMs + 1 },
      });
      expect(await store.directory.latestVersion()).toBe(version);
    });
  });
}
