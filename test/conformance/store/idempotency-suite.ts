/** Keys of repeated requests: written with the mail that they stand for, and counted for a day. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { makeId } from '../../../src/platform/ids.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import type { FirstResult, IdempotencyMark } from '../../../src/store/idempotency.ts';
import type { AcceptResult } from '../../../src/store/spool.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import { allMessages, HOUR_MS, newCredential, newMessage } from './fixtures.ts';

const mark = (parts: Partial<IdempotencyMark> = {}): IdempotencyMark => ({
  key: 'order-17',
  bodyHash: new Uint8Array(32).fill(1),
  result: '{"id":"msg_first"}',
  ...parts,
});

async function addCredential(store: OpenedStore, name = 'app'): Promise<string> {
  const credential = await newCredential(store, { name, username: name });
  await store.directory.addCredential(credential, 'test');
  return credential.id;
}

function firstOf(result: AcceptResult): FirstResult | undefined {
  return result.kind === 'repeated' ? result.first : undefined;
}

export function describeIdempotency(engine: Engine): void {
  describe('idempotency keys', () => {
    const bench = benchFor(engine);

    const open = async (): Promise<{ store: OpenedStore; credentialId: string }> => {
      const store = await bench().open();
      return { store, credentialId: await addCredential(store) };
    };
    const ids = async (store: OpenedStore) =>
      (await store.queue.listMessages(allMessages())).map(({ facts }) => facts.id);

    it('let the first message through and answer the second with the first result', async () => {
      const { store, credentialId } = await open();
      const first = await newMessage(store, { credentialId });
      expect(await store.spool.accept(first, mark())).toEqual({ kind: 'accepted' });
      const again = firstOf(
        await store.spool.accept(
          await newMessage(store, { credentialId }),
          mark({ result: '{"id":"msg_2"}' }),
        ),
      );
      expect(again?.result).toBe('{"id":"msg_first"}');
      expect(Buffer.from(again?.bodyHash ?? []).equals(Buffer.alloc(32, 1))).toBe(true);
      expect(await ids(store)).toEqual([first.facts.id]);
      expect((await store.idempotency.firstResult(credentialId, 'order-17', systemClock.now()))?.result).toBe(
        '{"id":"msg_first"}',
      );
    });

    it('let one of many through that come at the same moment', async () => {
      const { store, credentialId } = await open();
      const results = await Promise.all(
        Array.from({ length: 20 }, async () =>
          store.spool.accept(await newMessage(store, { credentialId }), mark()),
        ),
      );
      expect(results.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
      expect(await ids(store)).toHaveLength(1);
    });

    it('belong to a credential', async () => {
      const { store, credentialId } = await open();
      const other = await addCredential(store, 'other');
      await store.spool.accept(await newMessage(store, { credentialId }), mark());
      expect(await store.spool.accept(await newMessage(store, { credentialId: other }), mark())).toEqual({
        kind: 'accepted',
      });
      expect(await store.idempotency.firstResult(other, 'order-18', systemClock.now())).toBeUndefined();
    });

    it('are not used up by a message that cannot be stored', async () => {
      const { store, credentialId } = await open();
      const taken = await newMessage(store, { credentialId });
      await store.spool.accept(taken);
      await expect(
        store.spool.accept(await newMessage(store, { credentialId, id: taken.facts.id }), mark()),
      ).rejects.toMatchObject({ code: 'conflict' });
      expect(await store.spool.accept(await newMessage(store, { credentialId }), mark())).toEqual({
        kind: 'accepted',
      });
      expect(await ids(store)).toHaveLength(2);
    });

    it('hold for all messages of a batch, which are stored together or not at all', async () => {
      const { store, credentialId } = await open();
      const batch = async () => [
        await newMessage(store, { credentialId }),
        await newMessage(store, { credentialId }),
      ];
      expect(await store.spool.acceptAll(await batch(), mark())).toEqual({ kind: 'accepted' });
      expect(firstOf(await store.spool.acceptAll(await batch(), mark()))?.result).toBe('{"id":"msg_first"}');
      expect(await ids(store)).toHaveLength(2);
      const id = makeId('msg_', systemClock.now(), systemRandom);
      const twice = [
        await newMessage(store, { credentialId, id }),
        await newMessage(store, { credentialId, id }),
      ];
      await expect(store.spool.acceptAll(twice, mark({ key: 'k2' }))).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(await ids(store)).toHaveLength(2);
    });

    it('are kept over a restart, and removed once a day is over', async () => {
      const folder = bench();
      const store = await folder.open();
      const credentialId = await addCredential(store);
      await store.spool.accept(await newMessage(store, { credentialId }), mark({ bodyHash: undefined }));
      await store.close();
      const reopened = await folder.open();
      const again = firstOf(
        await reopened.spool.accept(await newMessage(reopened, { credentialId }), mark()),
      );
      expect(again?.bodyHash).toBeUndefined();
      const ages = {
        contentMs: 90 * 24 * HOUR_MS,
        metadataMs: 90 * 24 * HOUR_MS,
        eventsMs: 90 * 24 * HOUR_MS,
      };
      const nowMs = systemClock.now();
      await reopened.retention.clean(nowMs + 23 * HOUR_MS, ages);
      expect(await reopened.idempotency.firstResult(credentialId, 'order-17', nowMs)).toBeDefined();
      expect(
        await reopened.idempotency.firstResult(credentialId, 'order-17', nowMs + 25 * HOUR_MS),
      ).toBeUndefined();
      await reopened.retention.clean(nowMs + 25 * HOUR_MS, ages);
      expect(await reopened.idempotency.firstResult(credentialId, 'order-17', nowMs)).toBeUndefined();
    });
  });
}
