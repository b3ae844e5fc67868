/** Accepting, settling and what stays over a restart. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { MAX_CHUNK_BYTES } from '../../../src/store/message-records.ts';
import type { Engine } from './engine.ts';
import { benchFor } from './engine.ts';
import {
  defaultAccountId,
  allEvents,
  allMessages,
  claimAll,
  deliveriesOf,
  HOUR_MS,
  newCredential,
  newMessage,
  settleAll,
  settlement,
} from './fixtures.ts';

export function describeAccept(engine: Engine): void {
  describe('accept and settle', () => {
    const bench = benchFor(engine);

    test('an accepted message is claimed as it was given, with its content in the store', async () => {
      const store = await bench().open();
      const message = await newMessage(store, {
        recipients: [
          {
            recipient: 'a@example.com',
            notify: ['success', 'failure'],
            originalRecipient: 'rfc822;a@example.com',
          },
          { recipient: 'b@example.com' },
          { recipient: 'c@example.net' },
        ],
        tags: ['welcome', 'a,b'],
        metadata: { order: '17' },
        subject: 'Grüße',
        envelopeId: 'env',
        dsnReturn: 'hdrs',
        content: 'From: x\r\n\r\nhello\r\n',
      });
      const facts = { ...message.facts };
      await store.spool.accept(message);
      const { claims, nextDueAtMs } = await claimAll(store.spool);
      expect(nextDueAtMs).toBeUndefined();
      expect(claims.map(({ destination }) => destination).sort()).toEqual(['example.com', 'example.net']);
      const claim = claims.find(({ destination }) => destination === 'example.com')!;
      expect(claim.facts).toEqual(facts);
      expect(claim.deliveries).toMatchObject([
        {
          id: `dlv_${facts.id.slice(4)}-1`,
          recipient: 'a@example.com',
          notify: ['success', 'failure'],
          originalRecipient: 'rfc822;a@example.com',
          attempts: 0,
          state: 'queued',
        },
        { id: `dlv_${facts.id.slice(4)}-2`, recipient: 'b@example.com' },
      ]);
      expect(claim.deliveries[1]!.notify).toBeUndefined();
      expect(await store.content.chunkCount(claim.contentId)).toBe(1);
      expect(Buffer.from(await store.content.readChunk(claim.contentId, 0)).toString()).toBe(
        'From: x\r\n\r\nhello\r\n',
      );
    });

    test('what was accepted, settled and deferred is there after closing and opening', async () => {
      const { open } = bench();
      const before = await open();
      const message = await newMessage(before, { recipients: ['a@example.com', 'b@example.net'] });
      const { id } = message.facts;
      await before.spool.accept(message);
      const { claims } = await claimAll(before.spool);
      const [a, b] = deliveriesOf(claims);
      const againAtMs = systemClock.now() + HOUR_MS;
      const result = await before.spool.settle({
        nowMs: systemClock.now(),
        settlements: [settlement(a!), settlement(b!, { state: 'deferred', nextAttemptAtMs: againAtMs })],
        dsns: [],
      });
      expect(result).toEqual({ written: 2 });
      await before.close();

      const after = await open();
      const view = (await after.queue.messageById(id))!;
      expect(view.accountName).toBe('default');
      expect(view.deliveries).toMatchObject([
        { state: 'delivered', attempts: 1, lastReply: '250 2.0.0 Ok', claimed: false },
        { state: 'deferred', attempts: 1, nextAttemptAtMs: againAtMs, settledAtMs: undefined },
      ]);
      expect(view.deliveries[0]!.settledAtMs).toBeTypeOf('number');
      expect(view.deliveries[0]!.history).toMatchObject([{ host: 'mx.example.com', durationMs: 13 }]);
      expect((await claimAll(after.spool)).claims).toEqual([]);
      const due = await claimAll(after.spool, { nowMs: againAtMs });
      expect(deliveriesOf(due.claims)).toMatchObject([
        { recipient: 'b@example.net', attempts: 1, state: 'deferred' },
      ]);
    });

    test('a bad operation fails alone among others of the same commit', async () => {
      const store = await bench().open();
      const good = await newMessage(store);
      const twin = await newMessage(store, { id: good.facts.id, recipients: ['twin@example.com'] });
      const stranger = await newMessage(store, { accountId: 'acc_nobody' });
      const empty = await newMessage(store, { recipients: [] });
      const last = await newMessage(store, { recipients: ['last@example.net'] });
      const results = await Promise.allSettled(
        [good, twin, stranger, empty, last].map((message) => store.spool.accept(message)),
      );
      expect(results.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'rejected',
        'rejected',
        'fulfilled',
      ]);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflict' });
      const { claims } = await claimAll(store.spool);
      expect(
        deliveriesOf(claims)
          .map(({ recipient }) => recipient)
          .sort(),
      ).toEqual(['last@example.net', 'user@example.com']);
      expect(await store.queue.summary(10)).toMatchObject({ queued: 2 });
      expect((await store.events.readEvents(allEvents())).events).toHaveLength(2);
    });

    test('a settlement with a stale fence changes nothing and spools no notice', async () => {
      const store = await bench().open();
      await store.spool.accept(await newMessage(store));
      const first = deliveriesOf((await claimAll(store.spool)).claims)[0]!;
      await store.spool.settle({
        nowMs: systemClock.now(),
        settlements: [
          settlement(first, { state: 'queued', attempts: [], event: undefined, countsAsAttempt: false }),
        ],
        dsns: [],
      });
      const second = deliveriesOf((await claimAll(store.spool)).claims)[0]!;
      expect(second.fence).toBeGreaterThan(first.fence);
      const stale = await store.spool.settle({
        nowMs: systemClock.now(),
        settlements: [settlement(first, { state: 'bounced' })],
        dsns: [await newMessage(store, { via: 'dsn' })],
      });
      expect(stale).toEqual({ written: 0 });
      expect(await store.queue.listMessages(allMessages())).toHaveLength(1);
      expect(
        await store.spool.settle({
          nowMs: systemClock.now(),
          settlements: [settlement(second)],
          dsns: [],
        }),
      ).toEqual({
        written: 1,
      });
      expect(
        await store.spool.settle({
          nowMs: systemClock.now(),
          settlements: [settlement(second)],
          dsns: [],
        }),
      ).toEqual({
        written: 0,
      });
      const [view] = await store.queue.listMessages(allMessages());
      expect(view!.deliveries[0]).toMatchObject({ state: 'delivered', attempts: 1 });
    });

    test('a state that may not follow is refused and leaves the claim in hand', async () => {
      const store = await bench().open();
      await store.spool.accept(await newMessage(store, { sendAtMs: systemClock.now() + HOUR_MS }));
      const { claims } = await claimAll(store.spool, { nowMs: systemClock.now() + 2 * HOUR_MS });
      const [scheduled] = deliveriesOf(claims);
      expect(scheduled!.state).toBe('scheduled');
      const wrong = settlement(scheduled!, { state: 'scheduled' as 'queued' });
      await expect(
        store.spool.settle({ nowMs: systemClock.now(), settlements: [wrong], dsns: [] }),
      ).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(await settleAll(store.spool, claims)).toEqual({ written: 1 });
    });

    test('notices are spooled by the commit that settles', async () => {
      const store = await bench().open();
      await store.spool.accept(await newMessage(store));
      const { claims } = await claimAll(store.spool);
      const dsn = await newMessage(store, {
        via: 'dsn',
        reversePath: '',
        recipients: ['sender@example.org'],
      });
      const [delivery] = deliveriesOf(claims);
      await store.spool.settle({
        nowMs: systemClock.now(),
        settlements: [settlement(delivery!, { state: 'bounced' })],
        dsns: [dsn],
      });
      expect(deliveriesOf((await claimAll(store.spool)).claims)).toMatchObject([
        { recipient: 'sender@example.org' },
      ]);
    });

    test('events have growing sequences in the order of the commits', async () => {
      const store = await bench().open();
      const messages = await Promise.all(Array.from({ length: 20 }, () => newMessage(store)));
      await Promise.all(messages.map((message) => store.spool.accept(message)));
      await settleAll(store.spool, (await claimAll(store.spool)).claims);
      const events = (await store.events.readEvents(allEvents())).events;
      expect(events.map(({ sequence }) => sequence)).toEqual(
        events.map(({ sequence }) => sequence).toSorted((a, b) => a - b),
      );
      expect(events.map(({ type }) => type)).toEqual([
        ...Array<string>(20).fill('accepted'),
        ...Array<string>(20).fill('delivered'),
      ]);
      expect(await store.events.lastEventSequence()).toBe(events.at(-1)!.sequence);
      const ofOne = (await store.events.readEvents({ ...allEvents(), messageId: messages[3]!.facts.id }))
        .events;
      expect(ofOne.map(({ type, data }) => [type, data])).toEqual([
        ['accepted', {}],
        ['delivered', { reply: '250 2.0.0 Ok' }],
      ]);
      const later = (
        await store.events.readEvents({
          ...allEvents(),
          after: ofOne[0]!.sequence,
          types: ['accepted'],
          limit: 5,
        })
      ).events;
      expect(later).toHaveLength(5);
    });

    test('what is odd about a message is in the event of each recipient, suppressed ones too', async () => {
      const store = await bench().open();
      const remarks = { original_from: 'MAILER-DAEMON <>', longest_line_octets: 1_950 };
      const gone = { recipient: 'gone@example.com', suppressedBy: 'complaint' };
      await store.spool.accept(await newMessage(store, { recipients: ['a@example.com', gone], remarks }));
      const { events } = await store.events.readEvents({ ...allEvents(), types: ['accepted'] });
      expect(events.map(({ data }) => data)).toEqual([remarks, remarks]);
    });

    test('an acceptor who knows a suppression settles that recipient at once', async () => {
      const store = await bench().open();
      await store.spool.accept(
        await newMessage(store, {
          recipients: [{ recipient: 'gone@example.com', suppressedBy: 'complaint' }, 'b@example.com'],
        }),
      );
      expect(deliveriesOf((await claimAll(store.spool)).claims)).toMatchObject([
        { recipient: 'b@example.com' },
      ]);
      const [view] = await store.queue.listMessages(allMessages());
      expect(view!.deliveries[0]).toMatchObject({ state: 'suppressed', recipient: 'gone@example.com' });
      const events = (await store.events.readEvents({ ...allEvents(), recipient: 'gone@example.com' }))
        .events;
      expect(events.map(({ type, data }) => [type, data])).toEqual([
        ['accepted', {}],
        ['suppressed', { reason: 'complaint' }],
      ]);
    });

    test('a suppression of the account or the stream is found by the commit that accepts', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      const createdAtMs = systemClock.now();
      const add = (address: string, scope: string, expiresAtMs?: number) =>
        store.suppressions.addSuppression(
          {
            ...{ accountId, address, scope, reason: 'manual', evidence: 'asked', createdBy: 'test' },
            ...{ createdAtMs, expiresAtMs },
          },
          'test',
        );
      await add('gone@example.com', '');
      await add('quiet@example.com', 'broadcast');
      await add('over@example.com', '', createdAtMs - 1);
      const recipients = ['Gone@example.com', 'quiet@example.com', 'over@example.com'];
      await store.spool.accept(await newMessage(store, { recipients, stream: 'broadcast' }));
      await store.spool.accept(await newMessage(store, { recipients, stream: 'transactional' }));
      const states = (await store.queue.listMessages(allMessages())).map(({ deliveries }) =>
        deliveries.map(({ state }) => state),
      );
      expect(states).toEqual([
        ['suppressed', 'queued', 'queued'],
        ['suppressed', 'suppressed', 'queued'],
      ]);
    });

    test('recipients count against the day of their credential', async () => {
      const store = await bench().open();
      const credential = await newCredential(store);
      await store.directory.addCredential(credential, 'test');
      const acceptedAtMs = systemClock.now();
      const day = Math.floor(acceptedAtMs / (24 * HOUR_MS));
      const draft = {
        credentialId: credential.id,
        acceptedAtMs,
        recipients: ['a@example.com', 'b@example.com'],
      };
      await Promise.all([1, 2, 3].map(async () => store.spool.accept(await newMessage(store, draft))));
      expect(await store.usage.recipientsOfDay(credential.id, day)).toBe(6);
      expect(await store.usage.recipientsOfDay(credential.id, day - 1)).toBe(0);
    });
  });

  describe('content in chunks', () => {
    const bench = benchFor(engine);
    const chunk = (octet: number, size = MAX_CHUNK_BYTES) => new Uint8Array(size).fill(octet);

    test('chunks become the content of the message that names them', async () => {
      const store = await bench().open();
      await Promise.all([
        store.spool.putChunk('u1', 0, chunk(1)),
        store.spool.putChunk('u1', 1, chunk(2, 10)),
      ]);
      await store.spool.accept({
        ...(await newMessage(store)),
        content: { kind: 'chunks', upload: 'u1', chunkCount: 2 },
      });
      const [claim] = (await claimAll(store.spool)).claims;
      expect(claim!.content).toBeUndefined();
      expect(await store.content.chunkCount(claim!.contentId)).toBe(2);
      expect(await store.content.readChunk(claim!.contentId, 0)).toHaveLength(MAX_CHUNK_BYTES);
      expect([...(await store.content.readChunk(claim!.contentId, 1))]).toEqual([...chunk(2, 10)]);
      await expect(store.content.readChunk(claim!.contentId, 2)).rejects.toMatchObject({ code: 'not-found' });
    });

    test('an upload that is not whole, or abandoned, is no content', async () => {
      const store = await bench().open();
      await store.spool.putChunk('u1', 0, chunk(1));
      await expect(store.spool.putChunk('u1', 2, chunk(1))).rejects.toMatchObject({ code: 'conflict' });
      const content = { kind: 'chunks', upload: 'u1', chunkCount: 2 } as const;
      await expect(store.spool.accept({ ...(await newMessage(store)), content })).rejects.toMatchObject({
        code: 'conflict',
      });
      await store.spool.abandonUpload('u1');
      await store.spool.abandonUpload('never begun');
      await expect(
        store.spool.accept({ ...(await newMessage(store)), content: { ...content, chunkCount: 1 } }),
      ).rejects.toMatchObject({ code: 'conflict' });
    });

    test.skipIf(engine.sharedDatabase)(
      'a store with less free space than its reserve takes no mail but writes outcomes',
      async () => {
        const { open } = bench();
        const roomy = await open();
        await roomy.spool.accept(await newMessage(roomy));
        await roomy.close();
        const full = await open({ reserveBytes: 2 ** 52 });
        await expect(full.spool.accept(await newMessage(full))).rejects.toMatchObject({ code: 'disk-full' });
        await expect(full.spool.putChunk('u', 0, chunk(1, 5))).rejects.toMatchObject({ code: 'disk-full' });
        expect(await settleAll(full.spool, (await claimAll(full.spool)).claims)).toEqual({ written: 1 });
      },
    );
  });
}
