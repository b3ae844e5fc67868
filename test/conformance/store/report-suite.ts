/** Reports from outside: finding what they are about, and writing what follows exactly once. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { NewMessage } from '../../../src/store/message-records.ts';
import type { NewSuppression } from '../../../src/store/suppression-records.ts';
import type { ReportChange } from '../../../src/store/reports.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import {
  allEvents,
  defaultAccountId,
  HOUR_MS,
  newMessage,
  recordingListener,
  ROOMY,
  settleAll,
} from './fixtures.ts';

export function describeReports(engine: Engine): void {
  describe('reports', () => {
    const bench = benchFor(engine);

    async function delivered(store: OpenedStore, recipients = ['user@example.com']): Promise<NewMessage> {
      const listener = recordingListener();
      store.spool.openFeed(ROOMY, listener);
      const message = await newMessage(store, { recipients, messageIdField: '<from.client@example.org>' });
      await store.spool.accept(message);
      await settleAll(store.spool, listener.claims);
      return message;
    }

    const bounced = (message: NewMessage, parts: Partial<ReportChange> = {}): ReportChange => ({
      messageId: message.facts.id,
      recipientNumber: 1,
      state: 'bounced',
      event: { type: 'bounced', atMs: systemClock.now(), data: { via: 'report', hard: true } },
      suppression: undefined,
      dsns: [],
      ...parts,
    });

    const typesOf = async (store: OpenedStore) =>
      (await store.events.readEvents(allEvents())).events.map(({ type }) => type);

    it('find their message by its id, with deliveries and their numbers', async () => {
      const store = await bench().open();
      const message = await delivered(store, ['a@example.com', 'b@example.com']);
      const found = await store.reports.reportedMessage(message.facts.id);
      expect(found?.facts.reversePath).toBe('sender@example.org');
      expect(found?.deliveries).toMatchObject([
        { number: 1, recipient: 'a@example.com', destination: 'example.com', state: 'delivered' },
        { number: 2, recipient: 'b@example.com', state: 'delivered' },
      ]);
      expect(await store.content.chunkCount(found?.contentId ?? -1)).toBe(1);
      expect(await store.reports.reportedMessage('msg_unknown')).toBeUndefined();
    });

    it('turn delivered into bounced once, with event, suppression, counts and the notice', async () => {
      const store = await bench().open();
      const message = await delivered(store);
      const suppression: NewSuppression = {
        accountId: await defaultAccountId(store),
        scope: '',
        address: 'user@example.com',
        reason: 'unknown-address',
        evidence: '550 5.1.1 no',
        createdAtMs: systemClock.now(),
        expiresAtMs: undefined,
        createdBy: 'report',
      };
      const dsn = await newMessage(store, {
        via: 'dsn',
        reversePath: '',
        recipients: ['sender@example.org'],
      });
      const change = bounced(message, { suppression, dsns: [dsn] });
      expect(await store.reports.applyReport([change])).toEqual({ written: 1 });
      const replay = await newMessage(store, {
        via: 'dsn',
        reversePath: '',
        recipients: ['sender@example.org'],
      });
      expect(await store.reports.applyReport([{ ...change, dsns: [replay] }])).toEqual({ written: 0 });

      expect(await typesOf(store)).toEqual(['accepted', 'delivered', 'bounced', 'accepted']);
      expect((await store.queue.messageById(message.facts.id))?.deliveries[0]?.state).toBe('bounced');
      const { accountId, stream } = message.facts;
      const found = await store.suppressions.suppressionFor(
        accountId,
        stream,
        'user@example.com',
        systemClock.now(),
      );
      expect(found).toMatchObject({ reason: 'unknown-address', evidence: '550 5.1.1 no' });
      const [total] = await store.health.healthTotals('stream', systemClock.now() - HOUR_MS, 10);
      expect(total?.counts).toMatchObject({ delivered: 0, hardBounced: 1 });
      expect(await store.reports.reportedMessage(dsn.facts.id)).toBeDefined();
      expect(await store.reports.reportedMessage(replay.facts.id)).toBeUndefined();
    });

    it('change nothing of what is not delivered, or not known', async () => {
      const store = await bench().open();
      const message = await newMessage(store);
      await store.spool.accept(message);
      expect(await store.reports.applyReport([bounced(message)])).toEqual({ written: 0 });
      const other = bounced(message, { messageId: 'msg_unknown' });
      const beyond = bounced(message, { recipientNumber: 2 });
      expect(await store.reports.applyReport([other, beyond])).toEqual({ written: 0 });
      expect(await typesOf(store)).toEqual(['accepted']);
    });

    it('add an event without a new state once for each type and recipient', async () => {
      const store = await bench().open();
      const message = await delivered(store, ['a@example.com', 'b@example.com']);
      const event = (type: 'complained' | 'delivered') => ({
        type,
        atMs: systemClock.now(),
        data: { via: 'report' },
      });
      const complaint = bounced(message, { state: undefined, event: event('complained') });
      const read = bounced(message, { state: undefined, event: event('delivered') });
      expect(await store.reports.applyReport([complaint, read])).toEqual({ written: 2 });
      expect(await store.reports.applyReport([complaint, read])).toEqual({ written: 0 });
      expect(await store.reports.applyReport([{ ...complaint, recipientNumber: 2 }])).toEqual({ written: 1 });
      expect((await typesOf(store)).filter((type) => type === 'complained').length).toBe(2);
      const [total] = await store.health.healthTotals('stream', systemClock.now() - HOUR_MS, 10);
      expect(total?.counts).toMatchObject({ delivered: 2, complained: 2 });
    });

    it('weigh in health as complaints of one source up to a share of what was delivered', async () => {
      const store = await bench().open();
      const message = await delivered(
        store,
        Array.from({ length: 20 }, (_, i) => `u${i}@example.com`),
      );
      const complaintOf = (recipientNumber: number, source: string, share: number | undefined) =>
        bounced(message, {
          recipientNumber,
          state: undefined,
          event: { type: 'complained', atMs: systemClock.now(), data: { via: 'report' } },
          complaint: { source, share },
        });
      const complained = async () =>
        (await store.health.healthTotals('stream', systemClock.now() - HOUR_MS, 10))[0]?.counts.complained;
      for (let number = 1; number <= 5; number++)
        await store.reports.applyReport([complaintOf(number, 'one', 0.1)]);
      expect(await complained()).toBe(2);
      await store.reports.applyReport([complaintOf(6, 'two', 0.1), complaintOf(7, 'three', 0)]);
      expect(await complained()).toBe(4);
      await store.reports.applyReport([complaintOf(8, 'one', undefined)]);
      expect(await complained()).toBe(5);
      expect((await typesOf(store)).filter((type) => type === 'complained').length).toBe(8);
    });

    it('are kept without effect, told in an event, applied once or more, and go', async () => {
      const store = await bench().open();
      const message = await delivered(store);
      const accountId = await defaultAccountId(store);
      const kept = {
        accountId,
        receivedAtMs: systemClock.now(),
        kind: 'bounce',
        form: 'rfc3464',
        recipient: 'user@example.com',
        messageId: message.facts.id,
        client: '192.0.2.1',
        why: 'no token',
        reading: '{"recipients":[]}',
        headers: Buffer.from('From: x'),
      } as const;
      await store.reports.keepReport({ ...kept, id: 'rpt_1' });
      await store.reports.keepReport({ ...kept, id: 'rpt_2', messageId: undefined, reading: undefined });
      const { reading: _, headers: _headers, ...listed } = kept;
      const shown = { ...listed, accountName: 'default', appliedAtMs: undefined };
      expect(await store.reports.unverifiedReports(accountId, undefined, 10)).toEqual([
        { ...shown, id: 'rpt_2', messageId: undefined },
        { ...shown, id: 'rpt_1' },
      ]);
      expect((await store.reports.unverifiedReports(accountId, 'rpt_2', 10)).map(({ id }) => id)).toEqual([
        'rpt_1',
      ]);
      expect(await store.reports.unverifiedReport('rpt_3')).toBeUndefined();
      const one = await store.reports.unverifiedReport('rpt_1');
      expect(one?.reading).toBe(kept.reading);
      expect(Buffer.from(one?.headers ?? []).toString()).toBe('From: x');
      expect(await typesOf(store)).toEqual([
        'accepted',
        'delivered',
        'report_unverified',
        'report_unverified',
      ]);

      expect(await store.reports.applyKeptReport('rpt_1', [bounced(message)], 1, 'ann')).toEqual({
        written: 1,
      });
      expect(await store.reports.applyKeptReport('rpt_1', [bounced(message)], 1, 'ann')).toEqual({
        written: 0,
      });
      expect((await store.queue.messageById(message.facts.id))?.deliveries[0]?.state).toBe('bounced');
      expect((await store.reports.unverifiedReport('rpt_1'))?.appliedAtMs).toBeGreaterThan(0);
      await expect(store.reports.applyKeptReport('rpt_3', [], 1, 'ann')).rejects.toMatchObject({
        code: 'not-found',
      });

      const ages = { contentMs: 100 * HOUR_MS, metadataMs: 100 * HOUR_MS, eventsMs: 100 * HOUR_MS };
      const cleaned = (hours: number) =>
        store.retention.clean(systemClock.now() + hours * HOUR_MS, { ...ages, reportsMs: 10 * HOUR_MS });
      await cleaned(9);
      expect((await store.reports.unverifiedReports(accountId, undefined, 10)).length).toBe(2);
      await cleaned(11);
      expect(await store.reports.unverifiedReports(accountId, undefined, 10)).toEqual([]);
    });

    it('are not asked for again about a delay that was told', async () => {
      const store = await bench().open();
      const listener = recordingListener();
      store.spool.openFeed(ROOMY, listener);
      await store.spool.accept(await newMessage(store));
      expect(listener.claims[0]?.deliveries[0]?.delayTold).toBeUndefined();
      const nowMs = systemClock.now();
      await settleAll(store.spool, listener.claims, {
        state: 'deferred',
        nextAttemptAtMs: nowMs,
        tellsDelay: true,
      });
      const { claims } = await store.spool.claim({
        nowMs: nowMs + 1,
        limit: 10,
        limitPerDestination: 10,
        excludedDestinations: [],
      });
      expect(claims[0]?.deliveries[0]?.delayTold).toBe(true);
    });
  });
}
