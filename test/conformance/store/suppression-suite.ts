/** Suppressions that follow from settlements (soft bounces, destinations that know nobody) and that come by the thousand. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Settlement } from '../../../src/store/delivery-records.ts';
import type { NewMessage } from '../../../src/store/message-records.ts';
import type { NewSuppression } from '../../../src/store/suppression-records.ts';
import type { ReportChange } from '../../../src/store/reports.ts';
import type { Engine, OpenedStore } from './engine.ts';
import { benchFor } from './engine.ts';
import {
  allEvents,
  claimAll,
  defaultAccountId,
  deliveriesOf,
  HOUR_MS,
  newMessage,
  settleAll,
} from './fixtures.ts';

const DAY_MS = 24 * HOUR_MS;
const RULE = { messages: 3, spanMs: 7 * DAY_MS };
const ADDRESS = 'user@example.com';

export function describeSuppression(engine: Engine): void {
  describe('suppression', () => {
    const bench = benchFor(engine);

    test('are counted by reason and time over all accounts, in steps', async () => {
      const store = await bench().open();
      await store.directory.addAccount({ id: 'acc_2', name: 'other', createdAtMs: 0 }, 'test');
      const accounts = [await defaultAccountId(store), 'acc_2'];
      const many = Array.from({ length: 12_000 }, (_, index): NewSuppression => ({
        accountId: accounts[index % 2] ?? '',
        scope: index % 3 === 0 ? 'broadcast' : '',
        address: `u${index}@example.com`,
        reason: index % 4 === 0 ? 'complaint' : 'import',
        evidence: '',
        createdAtMs: index < 4_000 ? 999 : index < 8_000 ? 1_000 : 2_000,
        expiresAtMs: undefined,
        createdBy: 'test',
      }));
      await store.suppressions.importSuppressions(many, 1, 'test');
      const sums: Record<string, number> = {};
      let steps = 0;
      let place: string | undefined;
      do {
        const { reasons, next } = await store.suppressions.countSuppressions(1_000, 2_000, place);
        for (const [reason, count] of Object.entries(reasons)) sums[reason] = (sums[reason] ?? 0) + count;
        place = next;
        steps++;
      } while (place !== undefined);
      expect(sums).toEqual({ complaint: 1_000, import: 3_000 });
      expect(steps).toBe(2);
    });

    test('a run of soft bounces over days suppresses, and rests on the last event', async () => {
      const store = await bench().open();
      const startMs = systemClock.now() - 8 * DAY_MS;
      for (const day of [0, 1]) await bounceSoftly(store, startMs + day * DAY_MS);
      expect(await suppressed(store)).toBeUndefined();
      await bounceSoftly(store, startMs + 8 * DAY_MS);
      const events = (await store.events.readEvents({ ...allEvents(), types: ['bounced'] })).events;
      expect(await suppressed(store)).toMatchObject({
        reason: 'soft-bounces',
        event: events.at(-1)!.sequence,
        expiresAtMs: startMs + 38 * DAY_MS,
      });
    });

    test('a delivery in between begins the run anew, whatever the case of the address', async () => {
      const store = await bench().open();
      const startMs = systemClock.now() - 20 * DAY_MS;
      for (const day of [0, 9]) await bounceSoftly(store, startMs + day * DAY_MS);
      await store.spool.accept(await newMessage(store, { recipients: ['USER@example.com'] }));
      await settleAll(store.spool, (await claimAll(store.spool)).claims);
      for (const day of [10, 20]) await bounceSoftly(store, startMs + day * DAY_MS);
      expect(await suppressed(store)).toBeUndefined();
    });

    test('messages that were delivered and came back by report lengthen the run, once each', async () => {
      const store = await bench().open();
      const startMs = systemClock.now() - 8 * DAY_MS;
      await bounceSoftly(store, startMs);
      const message = await deliver(store);
      const comesBack = async (about: NewMessage, atMs: number) =>
        store.reports.applyReport([await softReport(store, about, atMs)]);
      expect(await comesBack(message, startMs + DAY_MS)).toEqual({ written: 1 });
      expect(await comesBack(message, startMs + 8 * DAY_MS)).toEqual({ written: 0 });
      expect(await suppressed(store)).toBeUndefined();
      expect(await comesBack(await deliver(store), startMs + 8 * DAY_MS)).toEqual({ written: 1 });
      expect(await suppressed(store)).toMatchObject({
        reason: 'soft-bounces',
        expiresAtMs: startMs + 38 * DAY_MS,
      });
    });

    test('one that arrived and did not come back ends the run, whatever comes back beside it', async () => {
      const store = await bench().open();
      const startMs = systemClock.now() - 8 * DAY_MS;
      for (const day of [0, 1]) await bounceSoftly(store, startMs + day * DAY_MS);
      await deliver(store);
      const message = await deliver(store);
      await store.reports.applyReport([await softReport(store, message, startMs + 8 * DAY_MS)]);
      expect(await suppressed(store)).toBeUndefined();
    });

    test('a run outlives the process', async () => {
      const { open } = bench();
      const startMs = systemClock.now() - 8 * DAY_MS;
      const first = await open();
      for (const day of [0, 1]) await bounceSoftly(first, startMs + day * DAY_MS);
      await first.close();
      const second = await open();
      await second.spool.accept(await newMessage(second, { recipients: ['other@example.com'] }));
      await settleAll(second.spool, (await claimAll(second.spool)).claims);
      await bounceSoftly(second, startMs + 8 * DAY_MS);
      expect(await suppressed(second)).toMatchObject({ reason: 'soft-bounces' });
    });

    test('a destination that withholds says until when, and what it led to is taken back', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      const untilMs = systemClock.now() + HOUR_MS;
      await store.suppressions.addSuppression(
        await newSuppression(store, { reason: 'unknown-address' }),
        'test',
      );
      await store.suppressions.addSuppression(
        await newSuppression(store, { address: 'b@example.com' }),
        'test',
      );
      await store.spool.accept(await newMessage(store, { recipients: ['c@example.com'] }));
      const withdrawn = [ADDRESS, 'b@example.com'].map((address) => ({ accountId, address }));
      const { claims } = await claimAll(store.spool);
      await settleAll(store.spool, claims, { state: 'bounced', withholding: { untilMs, withdrawn } });
      expect(await suppressed(store)).toBeUndefined();
      // Of another reason: it stays.
      expect(await suppressed(store, 'b@example.com')).toMatchObject({ reason: 'manual' });
      expect((await store.queue.summary(10)).destinations).toMatchObject([
        { name: 'example.com', withholdsUntilMs: untilMs },
      ]);
      const ages = { contentMs: DAY_MS, metadataMs: DAY_MS, eventsMs: DAY_MS };
      await store.retention.clean(untilMs, ages);
      expect((await store.queue.summary(10)).destinations).toEqual([]);
    });

    test('what a destination withheld stays withheld over a restart', async () => {
      const { open } = bench();
      const before = await open();
      const untilMs = systemClock.now() + HOUR_MS;
      await before.spool.accept(await newMessage(before));
      const opened = { state: 'bounced', withholding: { untilMs, withdrawn: [] } } as const;
      await settleAll(before.spool, (await claimAll(before.spool)).claims, opened);
      await before.close();
      const after = await open();
      for (const recipient of [ADDRESS, 'user@example.net']) {
        await after.spool.accept(await newMessage(after, { recipients: [recipient] }));
        const suppression = await newSuppression(after, { reason: 'unknown-address', address: recipient });
        const { claims } = await claimAll(after.spool);
        await settleAll(after.spool, claims, { state: 'bounced', suppression });
      }
      expect(await suppressed(after)).toBeUndefined();
      expect(await suppressed(after, 'user@example.net')).toMatchObject({ reason: 'unknown-address' });
    });

    test.each([
      'USER@example.com',
      '"user"@example.com',
      String.raw`"us\er"@example.com`,
      'ｕſer@example.com',
    ])('holds for the spelling %s, when it is accepted and when it is claimed', async (recipient) => {
      const store = await bench().open();
      await store.spool.accept(await newMessage(store, { recipients: [recipient] }));
      await store.suppressions.addSuppression(await newSuppression(store), 'test');
      const [waiting] = deliveriesOf((await claimAll(store.spool)).claims);
      expect(waiting).toMatchObject({ recipient, suppressedBy: 'manual' });
      const { facts, ...rest } = await newMessage(store, { recipients: ['other@example.com', recipient] });
      expect(await store.spool.accept({ facts, ...rest })).toEqual({
        kind: 'accepted',
        suppressed: [[recipient]],
      });
      expect((await store.queue.messageById(facts.id))!.deliveries).toMatchObject([
        { recipient: 'other@example.com' },
        { recipient, state: 'suppressed' },
      ]);
    });

    test('a run of soft bounces is one for all spellings, and a delivery to any of them ends it', async () => {
      const store = await bench().open();
      const startMs = systemClock.now() - 20 * DAY_MS;
      for (const day of [0, 9]) await bounceSoftly(store, startMs + day * DAY_MS);
      await store.spool.accept(await newMessage(store, { recipients: ['"ＵSER"@example.com'] }));
      await settleAll(store.spool, (await claimAll(store.spool)).claims);
      for (const day of [10, 20]) await bounceSoftly(store, startMs + day * DAY_MS);
      expect(await suppressed(store)).toBeUndefined();
    });

    test('of several reasons each stands by itself, in either scope', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      const add = (scope: string, reason: NewSuppression['reason'], evidence = '') =>
        store.suppressions.addSuppression(
          {
            ...{ accountId, scope, address: ADDRESS, reason, evidence, createdAtMs: 5 },
            ...{ expiresAtMs: undefined, createdBy: 'test' },
          },
          'test',
        );
      const left = async () =>
        (await store.suppressions.suppressionsOf(accountId, ADDRESS)).map(({ scope, reason }) => [
          scope,
          reason,
        ]);
      await add('broadcast', 'unsubscribe');
      await add('broadcast', 'complaint');
      await add('', 'manual', 'first');
      await add('', 'manual', 'second');
      expect(await left()).toEqual([
        ['', 'manual'],
        ['broadcast', 'complaint'],
        ['broadcast', 'unsubscribe'],
      ]);
      expect(await store.suppressions.listSuppressions(accountId, undefined, 1)).toHaveLength(3);
      const found = () => store.suppressions.suppressionFor(accountId, 'broadcast', ADDRESS, 6);
      expect(await found()).toMatchObject({ reason: 'manual', evidence: 'second' });
      const remove = (scope: string, reason?: NewSuppression['reason']) =>
        store.suppressions.removeSuppression({ accountId, scope, address: ADDRESS, reason }, 7, 'test');
      expect(await remove('broadcast', 'complaint')).toBe(1);
      expect(await remove('broadcast', 'complaint')).toBe(0);
      expect(await remove('', 'manual')).toBe(1);
      expect(await found()).toMatchObject({ reason: 'unsubscribe', scope: 'broadcast' });
      await add('broadcast', 'complaint');
      expect(await remove('broadcast')).toBe(2);
      expect(await left()).toEqual([]);
    });

    test('imported ones never shorten what is there', async () => {
      const store = await bench().open();
      const nowMs = Math.round(systemClock.now());
      await store.suppressions.addSuppression(await newSuppression(store, { reason: 'complaint' }), 'test');
      const imported = [
        await newSuppression(store, { reason: 'complaint', evidence: 'imported' }),
        await newSuppression(store, { reason: 'import', scope: 'broadcast', expiresAtMs: nowMs + DAY_MS }),
        ...(await Promise.all(
          Array.from({ length: 500 }, (_unused, number) =>
            newSuppression(store, { reason: 'import', address: `u${number}@example.com` }),
          ),
        )),
      ];
      expect(await store.suppressions.importSuppressions(imported, 1, 'test')).toBe(501);
      expect(await store.suppressions.importSuppressions(imported, 1, 'test')).toBe(0);
      expect(await suppressed(store)).toMatchObject({ reason: 'complaint' });
      expect(await suppressed(store, 'u499@example.com')).toMatchObject({
        reason: 'import',
        event: undefined,
      });
      const longer = await newSuppression(store, { reason: 'import', scope: 'broadcast' });
      expect(await store.suppressions.importSuppressions([longer], 1, 'test')).toBe(1);
    });

    test('expired ones are removed in time', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      await store.suppressions.addSuppression(
        await newSuppression(store, { expiresAtMs: nowMs - 1 }),
        'test',
      );
      await store.suppressions.addSuppression(await newSuppression(store, { scope: 'broadcast' }), 'test');
      await store.retention.clean(nowMs, { contentMs: DAY_MS, metadataMs: DAY_MS, eventsMs: DAY_MS });
      const left = await store.suppressions.listSuppressions(await defaultAccountId(store), undefined, 10);
      expect(left.map(({ scope }) => scope)).toEqual(['broadcast']);
    });
  });
}

/** A message to the address ends in a soft bounce at that time. */
async function bounceSoftly(store: OpenedStore, atMs: number): Promise<void> {
  await store.spool.accept(await newMessage(store));
  const suppression = await newSuppression(store, {
    reason: 'soft-bounces',
    createdAtMs: atMs,
    expiresAtMs: atMs + 30 * DAY_MS,
  });
  const parts: Partial<Settlement> = { state: 'bounced', softBounce: { rule: RULE, suppression } };
  await settleAll(store.spool, (await claimAll(store.spool)).claims, parts);
}

async function deliver(store: OpenedStore): Promise<NewMessage> {
  const message = await newMessage(store);
  await store.spool.accept(message);
  await settleAll(store.spool, (await claimAll(store.spool)).claims);
  return message;
}

/** A report that the message to the address came back from a full mailbox. */
async function softReport(store: OpenedStore, { facts }: NewMessage, atMs: number): Promise<ReportChange> {
  const suppression = await newSuppression(store, {
    reason: 'soft-bounces',
    createdAtMs: atMs,
    expiresAtMs: atMs + 30 * DAY_MS,
  });
  return {
    messageId: facts.id,
    recipientNumber: 1,
    state: 'bounced',
    event: { type: 'bounced', atMs, data: { via: 'report', hard: false } },
    suppression: undefined,
    softBounce: { rule: RULE, suppression },
    dsns: [],
  };
}

async function suppressed(store: OpenedStore, address = ADDRESS) {
  return store.suppressions.suppressionFor(
    await defaultAccountId(store),
    'transactional',
    address,
    systemClock.now(),
  );
}

async function newSuppression(
  store: OpenedStore,
  parts: Partial<NewSuppression> = {},
): Promise<NewSuppression> {
  return {
    accountId: await defaultAccountId(store),
    scope: '',
    address: ADDRESS,
    reason: 'manual',
    evidence: 'asked',
    createdAtMs: 1,
    expiresAtMs: undefined,
    createdBy: 'test',
    ...parts,
  };
}
