/** Webhooks and their delivery log: cursor and outcomes together, order within a message, replays, retention. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { WebhookOutcome, WebhookRecord } from '../../../src/store/webhooks.ts';
import type { Engine, OpenedStore } from './engine.ts';
import { benchFor } from './engine.ts';
import { allEvents, defaultAccountId, HOUR_MS, newMessage } from './fixtures.ts';

const ID = 'whk_one';
const SECRET = new Uint8Array([1, 2, 3]);

export function describeWebhooks(engine: Engine): void {
  describe('webhooks', () => {
    const bench = benchFor(engine);
    const add = async (store: OpenedStore, parts: object = {}) =>
      store.webhooks.addWebhook(
        {
          id: ID,
          accountId: await defaultAccountId(store),
          url: 'https://hooks.example/in?token=abc',
          events: [],
          sealedSecret: SECRET,
          createdAtMs: 1_000,
          ...parts,
        },
        'test',
      );
    /** Of a message with one event, its sequence. */
    const accept = async (store: OpenedStore, ...recipients: string[]) => {
      const message = await newMessage(store, recipients.length === 0 ? {} : { recipients });
      await store.spool.accept(message);
      return message.facts.id;
    };
    const log = (store: OpenedStore) =>
      store.webhooks.webhookDeliveries({ webhookId: ID, state: undefined, before: undefined, limit: 100 });
    const due = async (store: OpenedStore, nowMs = 1e15) =>
      (await store.webhooks.dueWebhookDeliveries(ID, nowMs, 100)).map(({ sequence }) => sequence);

    test('begins with the next event, is listed by account, and keeps what it was given', async () => {
      const store = await bench().open();
      await accept(store);
      await add(store, { events: ['delivered', 'bounced'] });
      await accept(store);
      const [webhook] = await store.webhooks.listWebhooks(undefined);
      expect(webhook).toMatchObject({
        id: ID,
        accountName: 'default',
        url: 'https://hooks.example/in?token=abc',
        events: ['delivered', 'bounced'],
        state: 'active',
        cursor: 1,
        failingSinceMs: undefined,
        createdAtMs: 1_000,
      });
      expect(new Uint8Array(webhook!.sealedSecret)).toEqual(SECRET);
      expect(await store.webhooks.listWebhooks('acc_other')).toEqual([]);
      await expect(add(store)).rejects.toMatchObject({ code: 'conflict' });
    });

    test('changes move the version that a dispatcher watches; outcomes do not', async () => {
      const store = await bench().open();
      const seen = new Set([await store.webhooks.webhooksVersion()]);
      const moved = async (change: Promise<unknown>) => {
        await change;
        const { size } = seen;
        return seen.add(await store.webhooks.webhooksVersion()).size > size;
      };
      expect(await moved(add(store))).toBe(true);
      expect(
        await moved(
          store.webhooks.changeWebhook(ID, { url: 'https://b.example/', events: ['opened'] }, 1, 't'),
        ),
      ).toBe(true);
      expect(await moved(store.webhooks.rotateWebhookSecret(ID, new Uint8Array([9]), 77, 1, 't'))).toBe(true);
      expect(await store.webhooks.webhookById(ID)).toMatchObject({
        url: 'https://b.example/',
        previousUntilMs: 77,
      });
      expect(new Uint8Array((await store.webhooks.webhookById(ID))!.sealedPreviousSecret!)).toEqual(SECRET);
      expect(await moved(store.webhooks.pauseWebhook(ID, 'lunch', 5, 't'))).toBe(true);
      expect(await store.webhooks.webhookById(ID)).toMatchObject({ state: 'paused', stateReason: 'lunch' });
      expect(await moved(store.webhooks.resumeWebhook(ID, false, 6, 't'))).toBe(true);
      expect(await moved(store.webhooks.recordWebhooks([record({ cursor: 1 })]))).toBe(false);
      expect(await moved(store.webhooks.removeWebhook(ID, 1, 't'))).toBe(true);
      expect(await store.webhooks.webhookById(ID)).toBeUndefined();
      for (const change of [
        () => store.webhooks.pauseWebhook(ID, '', 5, 't'),
        () => store.webhooks.removeWebhook(ID, 1, 't'),
        () => store.webhooks.replayWebhook(ID, { kind: 'failed' }, 5, 't'),
      ])
        await expect(change()).rejects.toMatchObject({ code: 'not-found' });
    });

    test('cursor and outcomes are written together; the log tells what came of each', async () => {
      const store = await bench().open();
      await add(store);
      const first = await accept(store);
      const second = await accept(store);
      await store.webhooks.recordWebhooks([
        record({
          cursor: 2,
          deliveredAtMs: 400,
          failingSinceMs: 500,
          outcomes: [
            outcome(1, first, { result: 'delivered' }),
            outcome(2, second, { result: 'retry', nextAttemptAtMs: 9_000, attempt: refused(503) }),
          ],
        }),
        record({ webhookId: 'whk_gone', cursor: 2 }),
      ]);
      expect(await store.webhooks.webhookById(ID)).toMatchObject({
        cursor: 2,
        failingSinceMs: 500,
        deliveredAtMs: 400,
      });
      expect(await log(store)).toMatchObject([
        {
          sequence: 2,
          messageId: second,
          state: 'pending',
          nextAttemptAtMs: 9_000,
          lastAttempt: refused(503),
        },
        { sequence: 1, state: 'delivered', attempts: 1, eventType: 'accepted', endedAtMs: 1_000 },
      ]);
      expect(await due(store, 8_999)).toEqual([]);
      expect(await due(store, 9_000)).toEqual([2]);
      expect(await store.webhooks.nextWebhookAttemptAtMs(ID)).toBe(9_000);
      expect(await store.webhooks.countWebhookRetries(ID, 10)).toBe(1);
      expect(await store.webhooks.webhookWaitsFor(ID, second)).toBe(true);
      expect(await store.webhooks.webhookWaitsFor(ID, first)).toBe(false);
      expect(await Promise.all([1, 2, 3].map((one) => store.webhooks.isWebhookRecorded(ID, one)))).toEqual([
        true,
        true,
        false,
      ]);
      // Arrives again: nothing waits longer. A cursor never goes back.
      await store.webhooks.recordWebhooks([record({ cursor: 1, recovered: true, atMs: 2_000 })]);
      expect(await due(store, 2_000)).toEqual([2]);
      expect(await store.webhooks.webhookById(ID)).toMatchObject({
        cursor: 2,
        failingSinceMs: undefined,
        deliveredAtMs: 400,
      });
    });

    test('a later event of a message is due when the earlier one has ended, whichever way', async () => {
      const store = await bench().open();
      await add(store);
      const id = await accept(store, 'a@example.com', 'b@example.com', 'c@example.com');
      const waits = { result: 'waits', attempts: 0, attempt: undefined } as const;
      await store.webhooks.recordWebhooks([
        record({
          cursor: 3,
          outcomes: [
            outcome(1, id, { result: 'retry', nextAttemptAtMs: 5_000, attempt: refused(500) }),
            outcome(2, id, waits),
            outcome(3, id, waits),
          ],
        }),
      ]);
      expect(await due(store)).toEqual([1]);
      const end = (sequence: number, result: 'delivered' | 'failed') =>
        store.webhooks.recordWebhooks([
          record({ outcomes: [outcome(sequence, id, { result, wasRecorded: true })] }),
        ]);
      await end(1, 'failed');
      expect(await due(store)).toEqual([2]);
      await end(2, 'delivered');
      expect(await due(store)).toEqual([3]);
      await end(3, 'delivered');
      expect(await due(store)).toEqual([]);
      // One that waits when nothing is before it any more is due at once.
      await store.webhooks.recordWebhooks([record({ outcomes: [outcome(4, id, waits)] })]);
      expect(await due(store)).toEqual([4]);
    });

    test('an end writes an event of the account, once, and without the receiver’s secrets', async () => {
      const store = await bench().open();
      await add(store);
      const url = 'https://hooks.example/in?token=abc';
      const ends = { state: 'paused', reason: 'failing for 36 h', url } as const;
      await store.webhooks.recordWebhooks([record({ ends: { ...ends, url: 'https://before.example/' } })]);
      expect(await store.webhooks.webhookById(ID)).toMatchObject({ state: 'active' });
      await store.webhooks.recordWebhooks([record({ ends })]);
      await store.webhooks.recordWebhooks([record({ ends: { ...ends, state: 'disabled' } })]);
      expect(await store.webhooks.webhookById(ID)).toMatchObject({
        state: 'paused',
        stateReason: 'failing for 36 h',
      });
      expect((await store.events.readEvents(allEvents())).events).toMatchObject([
        {
          type: 'webhook_paused',
          messageId: undefined,
          data: { webhook_id: ID, url: 'https://hooks.example', reason: 'failing for 36 h' },
        },
      ]);
    });

    test('resuming makes what waits due; skipping leaves out what happened meanwhile', async () => {
      const store = await bench().open();
      await add(store);
      const id = await accept(store);
      await store.webhooks.recordWebhooks([
        record({
          cursor: 1,
          failingSinceMs: 3,
          outcomes: [outcome(1, id, { result: 'retry', nextAttemptAtMs: 99_000, attempt: refused(500) })],
        }),
      ]);
      await store.webhooks.pauseWebhook(ID, 'by hand', 5, 't');
      for (let count = 0; count < 3; count++) await accept(store);
      await store.webhooks.resumeWebhook(ID, false, 6_000, 't');
      expect(await store.webhooks.webhookById(ID)).toMatchObject({
        state: 'active',
        cursor: 1,
        failingSinceMs: undefined,
      });
      expect(await due(store, 6_000)).toEqual([1]);
      await store.webhooks.resumeWebhook(ID, true, 7_000, 't');
      expect(await store.webhooks.webhookById(ID)).toMatchObject({ cursor: 4 });
    });

    test('replays by event, by range and by failure, in order within a message', async () => {
      const store = await bench().open();
      await add(store, { events: ['accepted'] });
      const id = await accept(store, 'a@example.com', 'b@example.com');
      const other = await accept(store);
      await accept(store);
      const delivered = (sequence: number, of: string, result: 'delivered' | 'failed' = 'delivered') =>
        outcome(sequence, of, { result });
      await store.webhooks.recordWebhooks([
        record({ cursor: 3, outcomes: [delivered(1, id), delivered(2, id), delivered(3, other, 'failed')] }),
      ]);
      const replay = (selection: Parameters<typeof store.webhooks.replayWebhook>[1]) =>
        store.webhooks.replayWebhook(ID, selection, 5_000, 't');
      expect(await replay({ kind: 'failed' })).toBe(1);
      expect(await replay({ kind: 'failed' })).toBe(0);
      expect(await due(store)).toEqual([3]);
      expect(await replay({ kind: 'events', sequences: [2, 99] })).toBe(1);
      expect(await due(store)).toEqual([2, 3]);
      // Event 4 is behind the cursor: it will be told anyway. Event 1 waits: another of its message is under way.
      const range = { kind: 'range', after: 0, upTo: 99, sinceMs: undefined, untilMs: undefined } as const;
      expect(await replay(range)).toBe(1);
      expect(await due(store)).toEqual([2, 3]);
      expect((await log(store)).find(({ sequence }) => sequence === 1)).toMatchObject({
        state: 'pending',
        attempts: 0,
      });
      await store.webhooks.recordWebhooks([
        record({ outcomes: [outcome(2, id, { result: 'delivered', wasRecorded: true })] }),
      ]);
      expect(await due(store)).toEqual([1, 3]);
      expect(await replay({ ...range, untilMs: 5 })).toBe(0);
    });

    test('large replays and removals are made in chunks, and are complete', async () => {
      const store = await bench().open();
      await add(store);
      const recipients = Array.from({ length: 600 }, (_, index) => `r${index}@example.com`);
      const ids = [await accept(store, ...recipients), await accept(store, ...recipients)];
      const outcomes = Array.from({ length: 1_200 }, (_, index) =>
        outcome(index + 1, ids[index < 600 ? 0 : 1]!, { result: index % 2 === 0 ? 'failed' : 'delivered' }),
      );
      await store.webhooks.recordWebhooks([record({ cursor: 1_200, outcomes })]);
      expect(await store.webhooks.replayWebhook(ID, { kind: 'failed' }, 5_000, 't')).toBe(600);
      const range = { kind: 'range', after: 0, upTo: 1_200, sinceMs: undefined, untilMs: undefined } as const;
      expect(await store.webhooks.replayWebhook(ID, range, 5_000, 't')).toBe(600);
      const sequences = Array.from({ length: 1_200 }, (_, index) => index + 1);
      expect(await store.webhooks.replayWebhook(ID, { kind: 'events', sequences }, 5_000, 't')).toBe(0);
      // One of each message is due, the first.
      expect(await due(store)).toEqual([1, 601]);
      await store.webhooks.removeWebhook(ID, 1, 't');
      expect(await log(store)).toEqual([]);
    });

    test('a time is found in the log by halving', async () => {
      const store = await bench().open();
      expect(await store.webhooks.eventSequenceAt(0)).toBe(1);
      for (let count = 0; count < 9; count++) {
        const message = await newMessage(store);
        await store.spool.accept({
          ...message,
          facts: { ...message.facts, acceptedAtMs: 1_000 + count * 10 },
        });
      }
      expect(
        await Promise.all([0, 1_000, 1_001, 1_080, 1_081].map((at) => store.webhooks.eventSequenceAt(at))),
      ).toEqual([1, 1, 2, 9, 10]);
    });

    test('the log is kept as long as metadata; what waits stays', async () => {
      const store = await bench().open();
      await add(store);
      const id = await accept(store);
      const other = await accept(store);
      const atMs = systemClock.now() - 10 * HOUR_MS;
      await store.webhooks.recordWebhooks([
        record({
          cursor: 2,
          atMs,
          outcomes: [
            outcome(1, id, { result: 'delivered' }),
            outcome(2, other, { result: 'retry', nextAttemptAtMs: atMs, attempt: refused(500) }),
          ],
        }),
      ]);
      const ages = { contentMs: HOUR_MS, metadataMs: 9 * HOUR_MS, eventsMs: 99 * HOUR_MS };
      await store.retention.clean(systemClock.now(), ages);
      expect(await log(store)).toMatchObject([{ sequence: 2, state: 'pending' }]);
    });
  });
}

function record(parts: Partial<WebhookRecord>): WebhookRecord {
  return {
    webhookId: ID,
    cursor: 0,
    outcomes: [],
    failingSinceMs: undefined,
    deliveredAtMs: undefined,
    recovered: false,
    ends: undefined,
    atMs: 1_000,
    ...parts,
  };
}

function refused(statusCode: number) {
  return { atMs: 900, durationMs: 12, statusCode, error: `answered ${statusCode}`, excerpt: 'no' };
}

function outcome(sequence: number, messageId: string, parts: Partial<WebhookOutcome>): WebhookOutcome {
  return {
    sequence,
    eventType: 'accepted',
    messageId,
    result: 'delivered',
    attempts: 1,
    firstAttemptAtMs: 900,
    nextAttemptAtMs: undefined,
    attempt: { atMs: 900, durationMs: 12, statusCode: 200, error: undefined, excerpt: 'ok' },
    wasRecorded: false,
    ...parts,
  };
}
