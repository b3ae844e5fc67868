/** Whether a credential still stands is asked in the transaction that accepts: what was authorized before does not count. */
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { GRACE_MS } from '../../../src/policy/domain-claim.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Credential } from '../../../src/store/directory-records.ts';
import type { NewContent } from '../../../src/store/message-records.ts';
import type { AcceptResult } from '../../../src/store/spool.ts';
import { databasePath } from '../../../src/store/sqlite/engine/connection.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import { allMessages, claimAll, defaultAccountId, newCredential, newMessage } from './fixtures.ts';

const ACCEPTED: AcceptResult = { kind: 'accepted' };
const SECRET = new Uint8Array(32).fill(2);
const CONTENT = 'Subject: x\r\n\r\nbody\r\n';

export function describeStanding(engine: Engine): void {
  describe('the credential of an accept', () => {
    const bench = benchFor(engine);

    const add = async (store: OpenedStore, parts: Partial<Credential> = {}): Promise<Credential> => {
      const credential = await newCredential(store, parts);
      await store.directory.addCredential(credential, 'test');
      return credential;
    };
    const current = async (store: OpenedStore, { id, accountId }: Credential): Promise<Credential> =>
      (await store.directory.findCredential(accountId, id))!;
    const messages = (store: OpenedStore) => store.queue.listMessages(allMessages());
    const textOf = (content: NewContent | undefined) =>
      content?.kind === 'whole' ? Buffer.from(content.bytes).toString() : undefined;

    it('is let through as it was made, and refused once it is revoked, its content given back', async () => {
      const store = await bench().open();
      const { id } = await add(store);
      expect(await store.spool.accept(await newMessage(store, { credentialId: id }))).toEqual(ACCEPTED);
      await store.directory.revokeCredential(id, systemClock.now(), 'test');
      const result = await store.spool.accept(
        await newMessage(store, { credentialId: id, content: CONTENT }),
      );
      expect(result.kind).toBe('credential-changed');
      expect(textOf(result.kind === 'credential-changed' ? result.contents[0] : undefined)).toBe(CONTENT);
      expect(await messages(store)).toHaveLength(1);
      expect(await store.usage.recipientsOfDay(id, Math.floor(systemClock.now() / 86_400_000))).toBe(1);
    });

    it('is refused although its version is right once it is revoked or expired', async () => {
      const store = await bench().open();
      const expired = await add(store, { expiresAtMs: systemClock.now() - 1 });
      const living = await add(store, {
        name: 'b',
        username: 'b',
        expiresAtMs: systemClock.now() + 60_000,
      });
      const revoked = await add(store, { name: 'c', username: 'c' });
      await store.directory.revokeCredential(revoked.id, systemClock.now(), 'test');
      const accept = async ({ id }: Credential, credentialVersion: number) =>
        store.spool.accept(await newMessage(store, { credentialId: id, credentialVersion }));
      expect((await accept(expired, 0)).kind).toBe('credential-changed');
      expect(await accept(living, 0)).toEqual(ACCEPTED);
      expect((await accept(revoked, (await current(store, revoked)).version)).kind).toBe(
        'credential-changed',
      );
    });

    it('that is changed goes on with its new version, the content as it was given back', async () => {
      const store = await bench().open();
      const credential = await add(store);
      const message = await newMessage(store, { credentialId: credential.id, content: CONTENT });
      await store.directory.replaceCredentialSecret(credential.id, SECRET, 1, 'test');
      const result = await store.spool.accept(message);
      if (result.kind !== 'credential-changed') throw new Error('not refused');
      const [content] = result.contents;
      const credentialVersion = (await current(store, credential)).version;
      expect(await store.spool.accept({ ...message, credentialVersion, content: content! })).toEqual(
        ACCEPTED,
      );
      const { claims } = await claimAll(store.spool);
      const stored = await store.content.readChunk(claims[0]!.contentId, 0);
      expect(Buffer.from(stored).toString()).toBe(CONTENT);
      expect(await messages(store)).toHaveLength(1);
    });

    it('refuses its own messages and not those of its group', async () => {
      const store = await bench().open();
      const [one, other] = [await add(store), await add(store, { name: 'b', username: 'b' })];
      const of = ({ id }: Credential) => newMessage(store, { credentialId: id });
      const [first, second, third, fourth] = [
        await of(one),
        await of(one),
        await of(other),
        await newMessage(store),
      ];
      const opening = store.spool.accept(first);
      // A server with several connections promises no order of what is asked at once.
      if (engine.sharedDatabase) await opening;
      const revoked = store.directory.revokeCredential(one.id, systemClock.now(), 'test');
      if (engine.sharedDatabase) await revoked;
      const [before, after, neighbour, own] = await Promise.all([
        opening,
        store.spool.accept(second),
        store.spool.accept(third),
        store.spool.accept(fourth),
        revoked,
      ]);
      expect([before, neighbour, own]).toEqual([ACCEPTED, ACCEPTED, ACCEPTED]);
      expect(after.kind).toBe('credential-changed');
      expect(await messages(store)).toHaveLength(3);
    });

    it('leaves chunks of a refused message to be abandoned, or to be accepted after all', async () => {
      const store = await bench().open();
      const credential = await add(store);
      const message = await newMessage(store, { credentialId: credential.id });
      const content = { kind: 'chunks', upload: 'u1', chunkCount: 1 } as const;
      await store.spool.putChunk('u1', 0, new TextEncoder().encode(CONTENT));
      await store.directory.replaceCredentialSecret(credential.id, SECRET, 1, 'test');
      const refused = await store.spool.accept({ ...message, content });
      expect(refused).toEqual({ kind: 'credential-changed', contents: [content] });
      const credentialVersion = (await current(store, credential)).version;
      expect(await store.spool.accept({ ...message, content, credentialVersion })).toEqual(ACCEPTED);
      await store.spool.putChunk('u2', 0, new TextEncoder().encode(CONTENT));
      const late = {
        ...(await newMessage(store, { credentialId: credential.id })),
        content: { ...content, upload: 'u2' },
      };
      expect((await store.spool.accept(late)).kind).toBe('credential-changed');
      await store.spool.abandonUpload('u2');
      await expect(store.spool.accept({ ...late, credentialVersion })).rejects.toMatchObject({
        code: 'conflict',
      });
    });

    it('stands for all messages of a batch, and does not use up its key', async () => {
      const store = await bench().open();
      const credential = await add(store);
      const batch = () =>
        Promise.all([1, 2].map(() => newMessage(store, { credentialId: credential.id, content: CONTENT })));
      const mark = { key: 'k', bodyHash: undefined, result: '{}' };
      await store.directory.replaceCredentialSecret(credential.id, SECRET, 1, 'test');
      const refused = await store.spool.acceptAll(await batch(), mark);
      if (refused.kind !== 'credential-changed') throw new Error('not refused');
      expect(refused.contents.map(textOf)).toEqual([CONTENT, CONTENT]);
      expect(await messages(store)).toHaveLength(0);
      const { version: credentialVersion } = await current(store, credential);
      const renewed = async () => (await batch()).map((message) => ({ ...message, credentialVersion }));
      expect(await store.spool.acceptAll(await renewed(), mark)).toEqual(ACCEPTED);
      await store.directory.revokeCredential(credential.id, systemClock.now(), 'test');
      expect((await store.spool.acceptAll(await renewed(), mark)).kind).toBe('credential-changed');
    });

    it('is gone: refused, as one that never was', async () => {
      const store = await bench().open();
      const result = await store.spool.accept(await newMessage(store, { credentialId: 'crd_nobody' }));
      expect(result.kind).toBe('credential-changed');
    });

    it('is as another process left it a moment ago', async () => {
      const folder = bench();
      const store = await folder.open();
      const tool = await folder.open({ exclusive: false });
      const { id } = await add(store);
      const accept = async () => store.spool.accept(await newMessage(store, { credentialId: id }));
      expect(await accept()).toEqual(ACCEPTED);
      await tool.directory.revokeCredential(id, systemClock.now(), 'relayctl');
      expect((await accept()).kind).toBe('credential-changed');
    });

    it.skipIf(engine.sharedDatabase)(
      'gets another version by every change, also of statements that know nothing of versions',
      async () => {
        const folder = bench();
        const store = await folder.open();
        const credential = await add(store);
        const other = await add(store, { name: 'b', username: 'b' });
        const start = await store.directory.latestVersion();
        expect(credential.version).toBe(0);
        const seen = [0];
        const db = new Database(databasePath(folder.dataDir));
        const at = systemClock.now();
        for (const [column, value] of [
          ['domains', '["a.example"]'],
          ['from_addresses', '["a@a.example"]'],
          ['networks', '["192.0.2.0/24"]'],
          ['scopes', '["messages:read"]'],
          ['rate_per_minute', 1],
          ['daily_quota', 1],
          ['expires_at', at],
          ['revoked_at', at],
        ]) {
          db.prepare(`UPDATE credential SET ${String(column)} = ? WHERE public_id = ?`).run(
            value,
            credential.id,
          );
          seen.push((await current(store, credential)).version);
        }
        db.close();
        expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
        expect(await store.directory.latestVersion()).toBe(seen.at(-1));
        expect(await store.directory.credentialsChangedSince(start)).toEqual([credential.id]);
        expect(await store.directory.credentialsChangedSince(seen.at(-1)!)).toEqual([]);
        expect((await current(store, other)).version).toBe(0);
      },
    );

    it('is narrowed when its account loses a domain, and not by those of others', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      const credential = await add(store);
      const account = { id: 'acc_2', name: 'second', createdAtMs: 1 };
      await store.directory.addAccount(account, 'test');
      const stranger = await add(store, { accountId: account.id, accountName: 'second', username: 'b' });
      const versions = async () => [
        (await current(store, credential)).version > 0,
        (await current(store, stranger)).version > 0,
      ];
      const domain = (name: string, owner: string) => ({
        id: `dom_${name}`,
        accountId: owner,
        name,
        verifiedAtMs: undefined,
        recordStatus: {},
        createdAtMs: 1,
      });
      await store.directory.addDomain(domain('a.example', accountId), [], 'test');
      await store.directory.addDomain(domain('b.example', account.id), [], 'test');
      const check = (dkim: boolean, atMs = 1) =>
        store.directory.recordDomainCheck(
          { domainId: 'dom_a.example', recordStatus: {}, dkim, atMs, holder: undefined },
          'test',
        );
      await check(true);
      await check(true);
      expect(await versions()).toEqual([false, false]);
      await check(false);
      await check(false);
      expect(await versions()).toEqual([false, false]);
      await check(false, 1 + GRACE_MS);
      expect(await versions()).toEqual([true, false]);
      const before = (await current(store, credential)).version;
      await store.directory.removeDomain('dom_b.example', 1, 'test');
      expect(await versions()).toEqual([true, true]);
      expect((await current(store, credential)).version).toBe(before);
      await store.directory.removeDomain('dom_a.example', 1, 'test');
      expect((await current(store, credential)).version).toBeGreaterThan(before);
    });

    it('that is revoked leaves what was accepted with it as it is', async () => {
      const store = await bench().open();
      const { id } = await add(store);
      const sendAtMs = systemClock.now() + 3_600_000;
      await store.spool.accept(await newMessage(store, { credentialId: id, sendAtMs }));
      await store.directory.revokeCredential(id, systemClock.now(), 'test');
      const { claims } = await claimAll(store.spool, { nowMs: sendAtMs + 1 });
      expect(claims).toHaveLength(1);
    });
  });
}
