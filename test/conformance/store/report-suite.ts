/** Reports from outside: finding what they are about, and writing what follows exactly once. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { NewMessage, NewSuppression } from '../../../src/store/records.ts';
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
      const message = newMessage(store, { recipients, messageIdField: '<from.client@example.org>' });
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
      notices: [],
      ...parts,
    });

    const typesOf = (store: OpenedStore) =>
      store.reader.readEvents(allEvents()).events.map(({ type }) => type);

    it('find their message by its id, with deliveries and their numbers', async () => {
      const store = await bench().open();
      const message = await delivered(store, ['a@example.com', 'b@example.com']);
      const found = store.reader.reportedMessage(message.facts.id);
      expect(found?.facts.reversePath).toBe('sender@example.org');
      expect(found?.deliveries).toMatchObject([
        { number: 1, recipient: 'a@example.com', state: 'delivered' },
        { number: 2, recipient: 'b@example.com', state: 'delivered' },
      ]);
      expect(store.reader.chunkCount(found?.contentId ?? -1)).toBe(1);
      expect(store.reader.reportedMessage('msg_unknown')).toBeUndefined();
    });

    it('find it by its Message-ID, the newest of several', async () => {
      const store = await bench().open();
      const first = await delivered(store);
      const again = newMessage(store, { messageIdField: first.facts.messageIdField });
      await store.spool.accept(again);
      expect(store.reader.messageIdByField('<from.client@example.org>')).toBe(again.facts.id);
      expect(store.reader.messageIdByField('<other@example.org>')).toBeUndefined();
    });

    it('turn delivered into bounced once, with event, suppression, counts and the notice', async () => {
      const store = await bench().open();
      const message = await delivered(store);
      const suppression: NewSuppression = {
        accountId: defaultAccountId(store),
        scope: '',
        address: 'user@example.com',
        reason: 'unknown-address',
        evidence: '550 5.1.1 no',
        createdAtMs: systemClock.now(),
        expiresAtMs: undefined,
        createdBy: 'report',
      };
      const notice = newMessage(store, { via: 'dsn', reversePath: '', recipients: ['sender@example.org'] });
      const change = bounced(message, { suppression, notices: [notice] });
      expect(await store.reports.applyReport([change])).toEqual({ written: 1 });
      const replay = newMessage(store, { via: 'dsn', reversePath: '', recipients: ['sender@example.org'] });
      expect(await store.reports.applyReport([{ ...change, notices: [replay] }])).toEqual({ written: 0 });

      expect(typesOf(store)).toEqual(['accepted', 'delivered', 'bounced', 'accepted']);
      expect(store.reader.messageById(message.facts.id)?.deliveries[0]?.state).toBe('bounced');
      const { accountId, stream } = message.facts;
      const found = store.reader.suppressionFor(accountId, stream, 'user@example.com', systemClock.now());
      expect(found).toMatchObject({ reason: 'unknown-address', evidence: '550 5.1.1 no' });
      const [total] = store.reader.healthTotals('stream', systemClock.now() - HOUR_MS, 10);
      expect(total?.counts).toMatchObject({ delivered: 0, hardBounced: 1 });
      expect(store.reader.reportedMessage(notice.facts.id)).toBeDefined();
      expect(store.reader.reportedMessage(replay.facts.id)).toBeUndefined();
    });

    it('change nothing of what is not delivered, or not known', async () => {
      const store = await bench().open();
      const message = newMessage(store);
      await store.spool.accept(message);
      expect(await store.reports.applyReport([bounced(message)])).toEqual({ written: 0 });
      const other = bounced(message, { messageId: 'msg_unknown' });
      const beyond = bounced(message, { recipientNumber: 2 });
      expect(await store.reports.applyReport([other, beyond])).toEqual({ written: 0 });
      expect(typesOf(store)).toEqual(['accepted']);
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
      expect(typesOf(store).filter((type) => type === 'complained').length).toBe(2);
      const [total] = store.reader.healthTotals('stream', systemClock.now() - HOUR_MS, 10);
      expect(total?.counts).toMatchObject({ delivered: 2, complained: 2 });
    });

    it('are not asked for again about a delay that was told', async () => {
      const store = await bench().open();
      const listener = recordingListener();
      store.spool.openFeed(ROOMY, listener);
      await store.spool.accept(newMessage(store));
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
