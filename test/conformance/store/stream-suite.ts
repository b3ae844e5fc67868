/** Streams with terms, their end, and mail that does not fit them. */
import { describe, expect, test } from 'vitest';
import type { Stream } from '../../../src/store/directory-records.ts';
import { benchFor, type Engine } from './engine.ts';
import { claimAll, defaultAccountId, newCredential, newMessage } from './fixtures.ts';

export function describeStreams(engine: Engine): void {
  describe('streams', () => {
    const bench = benchFor(engine);

    const TERMS: Omit<Stream, 'accountId' | 'createdAtMs'> = {
      name: 'news',
      kind: 'broadcast',
      title: 'Nëws',
      pool: 'bulk',
      retryScheduleMs: [1_000, 2_000],
      maxAgeMs: 3_600_000,
      priority: -3,
      headers: { 'Feedback-ID': '{stream}:{account}' },
      track: ['opens'],
      subdomain: 'news',
    };

    test('keep what they say, in each kind of reader', async () => {
      const { open } = bench();
      const store = await open();
      const accountId = await defaultAccountId(store);
      const stream = { ...TERMS, accountId, createdAtMs: 7 };
      await store.directory.addStream(stream, 'test');
      expect(await store.directory.streamByName(accountId, 'news')).toEqual(stream);
      expect(await store.directory.streamsWithDeliveryTerms()).toEqual([stream]);
      const version = await store.directory.latestVersion();
      const changed: Stream = { accountId, name: 'news', kind: 'transactional', createdAtMs: 7, priority: 1 };
      await store.directory.changeStream(changed, 9, 'test');
      expect(await store.directory.latestVersion()).toBeGreaterThan(version);
      expect(await store.directory.streamByName(accountId, 'news')).toEqual(changed);
      expect(await store.directory.streamsWithDeliveryTerms()).toEqual([]);
      const gone = { ...changed, name: 'nowhere' };
      await expect(store.directory.changeStream(gone, 9, 'test')).rejects.toMatchObject({
        code: 'not-found',
      });
    });

    test('end when no credential sends in them, and not before', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      await store.directory.addStream({ ...TERMS, accountId, createdAtMs: 7 }, 'test');
      await store.directory.addCredential(
        await newCredential(store, { id: 'crd_news', stream: 'news' }),
        'test',
      );
      const remove = () => store.directory.removeStream(accountId, 'news', 9, 'test');
      await expect(remove()).rejects.toMatchObject({ code: 'conflict' });
      await store.directory.revokeCredential('crd_news', 10, 'test');
      await remove();
      expect(await store.directory.streamByName(accountId, 'news')).toBeUndefined();
      await expect(remove()).rejects.toMatchObject({ code: 'not-found' });
    });

    test('count mail that does not fit, and forget it with the stream', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      await store.directory.addStream({ ...TERMS, accountId, createdAtMs: 7 }, 'test');
      const found = { accountId, stream: 'news', misfit: 'other-domain' } as const;
      const note = (lastAtMs: number, messages: number, exampleId: string) =>
        store.directory.recordStreamMisfits([
          { ...found, lastAtMs, messages, exampleId },
          { ...found, stream: 'nowhere', lastAtMs, messages, exampleId },
        ]);
      await note(100, 2, 'msg_1');
      await note(200, 3, 'msg_2');
      expect(await store.directory.streamMisfits(accountId)).toEqual([
        { ...found, firstAtMs: 100, lastAtMs: 200, messages: 5, exampleId: 'msg_2' },
      ]);
      await store.directory.removeStream(accountId, 'news', 9, 'test');
      expect(await store.directory.streamMisfits(accountId)).toEqual([]);
    });

    test('the fields that a stream adds are part of its messages', async () => {
      const store = await bench().open();
      const addedFields = 'Feedback-ID: news:shop\r\n';
      const message = await newMessage(store, { addedFields });
      await store.spool.accept(message);
      const view = await store.queue.messageById(message.facts.id);
      expect(view?.facts.addedFields).toBe(addedFields);
      const { claims } = await claimAll(store.spool);
      expect(claims.map(({ facts }) => facts.addedFields)).toEqual([addedFields]);
    });
  });
}
