/** Messages that were turned away: kept with their event, bounded by account and age. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { MAX_REFUSED_MESSAGES, type NewRefusedMessage } from '../../../src/store/refusals.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import { allEvents, defaultAccountId, HOUR_MS } from './fixtures.ts';

const NOW_MS = systemClock.now();

export function describeRefusals(engine: Engine): void {
  describe('messages that were turned away', () => {
    const bench = benchFor(engine);

    const refused = async (
      store: OpenedStore,
      change: Partial<NewRefusedMessage> = {},
    ): Promise<NewRefusedMessage> => ({
      id: 'msg_1',
      accountId: await defaultAccountId(store),
      credentialId: 'crd_gone',
      via: 'smtp',
      client: '192.0.2.1',
      refusedAtMs: NOW_MS,
      reversePath: 'app@example.org',
      recipients: ['a@example.com', 'b@example.com'],
      recipientCount: 3,
      reply: '550 5.7.1 From is not yours',
      fix: 'relayctl domain add example.net',
      headerFrom: 'Someone <x@example.net>',
      subject: 'Hello',
      leftOut: 0,
      headers: Buffer.from('From: x@example.net\r\n\r\n'),
      ...change,
    });
    const idsOf = async (store: OpenedStore, before?: string, limit = 10_000) =>
      (await store.refusals.refusedMessages(undefined, before, limit)).map(({ id }) => id);

    it('are kept with all that is known of them, the newest first, page by page', async () => {
      const store = await bench().open();
      const first = await refused(store);
      await store.refusals.keepRefused(first);
      await store.refusals.keepRefused(
        await refused(store, {
          id: 'msg_2',
          fix: undefined,
          headerFrom: undefined,
          subject: undefined,
          reversePath: '',
        }),
      );
      const { headers, ...known } = first;
      const shown = { ...known, accountName: 'default', credentialName: undefined };
      expect(await store.refusals.refusedMessages(first.accountId, undefined, 10)).toEqual([
        { ...shown, id: 'msg_2', fix: undefined, headerFrom: undefined, subject: undefined, reversePath: '' },
        shown,
      ]);
      expect(await idsOf(store, 'msg_2')).toEqual(['msg_1']);
      expect(await idsOf(store, undefined, 1)).toEqual(['msg_2']);
      expect(await store.refusals.refusedMessages('acc_other', undefined, 10)).toEqual([]);
      const one = await store.refusals.refusedMessage('msg_1');
      expect(one).toMatchObject(shown);
      expect(Buffer.from(one?.headers ?? []).equals(Buffer.from(headers))).toBe(true);
      expect(await store.refusals.refusedMessage('msg_3')).toBeUndefined();
      expect(await store.queue.messageById('msg_1')).toBeUndefined();
    });

    it('are told in an event that names the message and no delivery', async () => {
      const store = await bench().open();
      await store.refusals.keepRefused(await refused(store, { leftOut: 7 }));
      const { events } = await store.events.readEvents(allEvents());
      expect(events).toMatchObject([
        {
          type: 'refused',
          messageId: 'msg_1',
          deliveryId: undefined,
          recipient: undefined,
          stream: undefined,
          data: {
            reply: '550 5.7.1 From is not yours',
            reverse_path: 'app@example.org',
            recipients: ['a@example.com', 'b@example.com'],
            recipient_count: 3,
            header_from: 'Someone <x@example.net>',
            credential_id: 'crd_gone',
            client: '192.0.2.1',
            via: 'smtp',
            left_out: 7,
          },
        },
      ]);
      expect((await store.events.readEvents({ ...allEvents(), messageId: 'msg_1' })).events.length).toBe(1);
      expect((await store.events.countEvents(0)).counts).toEqual({ refused: 1 });
    });

    it('are bounded: the oldest of the account go, and no other account loses one', async () => {
      const store = await bench().open();
      const other = { id: 'acc_other', name: 'other', createdAtMs: systemClock.now() };
      await store.directory.addAccount(other, 'test');
      await store.refusals.keepRefused(await refused(store, { id: 'msg_other', accountId: other.id }));
      for (let from = 0; from < MAX_REFUSED_MESSAGES + 5; from += 67) {
        const keeping = Array.from({ length: 67 }, async (_, index) =>
          store.refusals.keepRefused(await refused(store, { id: `msg_${from + index}` })),
        );
        await Promise.all(keeping);
      }
      // Those that come at the same moment do not see each other; the next one makes up for it.
      await store.refusals.keepRefused(await refused(store, { id: 'msg_last' }));
      const ids = await store.refusals.refusedMessages(await defaultAccountId(store), undefined, 10_000);
      expect(ids.length).toBe(MAX_REFUSED_MESSAGES);
      if (engine.sharedDatabase !== true) expect(ids.at(-1)?.id).toBe('msg_6');
      expect(await idsOf(store)).toContain('msg_other');
    });

    it('go when they are past their retention', async () => {
      const store = await bench().open();
      await store.refusals.keepRefused(await refused(store));
      const ages = { contentMs: 100 * HOUR_MS, metadataMs: 100 * HOUR_MS, eventsMs: 100 * HOUR_MS };
      const cleaned = (hours: number, refusedMs?: number) =>
        store.retention.clean(systemClock.now() + hours * HOUR_MS, {
          ...ages,
          ...(refusedMs !== undefined && { refusedMs }),
        });
      await cleaned(9, 10 * HOUR_MS);
      await cleaned(23);
      expect(await idsOf(store)).toEqual(['msg_1']);
      expect((await cleaned(25)).more).toBe(true);
      expect(await idsOf(store)).toEqual([]);
    });

    it.skipIf(engine.sharedDatabase)('are not kept on a disk that is nearly full', async () => {
      const store = await bench().open({ reserveBytes: Number.MAX_SAFE_INTEGER });
      await expect(store.refusals.keepRefused(await refused(store))).rejects.toMatchObject({
        code: 'disk-full',
      });
      expect(await idsOf(store)).toEqual([]);
      expect((await store.events.readEvents(allEvents())).events).toEqual([]);
    });
  });
}
