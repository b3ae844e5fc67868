/** In what order an account's mail is claimed: bulk behind the rest, and never starved by it. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { makeId } from '../../../src/platform/ids.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import type { Store } from '../../../src/store/store.ts';
import { benchFor, type Engine } from './engine.ts';
import {
  acceptMany,
  claimAll,
  deliveriesOf,
  newMessage,
  settleAll,
  settlement,
  HOUR_MS,
  MINUTE_MS,
  type MessageDraft,
} from './fixtures.ts';

export function describeOrder(engine: Engine): void {
  describe('order', () => {
    const bench = benchFor(engine);

    test('what is not bulk gets three quarters of the room, before bulk that waits longer', async () => {
      const store = await bench().open();
      await acceptMany(store, 40, { bulk: true, subject: 'bulk' });
      await acceptMany(store, 20, { subject: 'first' });
      expect(await claimed(store, 8)).toEqual({ first: 6, bulk: 2 });
      expect(await claimed(store, 8)).toEqual({ first: 6, bulk: 2 });
      expect(await claimed(store, 12)).toEqual({ first: 8, bulk: 4 });
      expect(await claimed(store, 12)).toEqual({ bulk: 12 });
    });

    test('what was tried and has expired does not wait behind what may still be tried once', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      await store.spool.accept(await newMessage(store, { subject: 'tried', expiresAtMs: nowMs + HOUR_MS }));
      const { claims } = await claimAll(store.spool);
      const settlements = deliveriesOf(claims).map((delivery) =>
        settlement(delivery, { state: 'deferred', nextAttemptAtMs: nowMs + 5 * HOUR_MS }),
      );
      await store.spool.settle({ nowMs, settlements, dsns: [] });
      await acceptMany(store, 5, { subject: 'untried', expiresAtMs: nowMs + HOUR_MS / 2 });
      expect(await claimed(store, 2, { nowMs: nowMs + 2 * HOUR_MS })).toEqual({ tried: 1, untried: 1 });
    });

    test('what is claimed for its end says so, tried or not', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      await acceptMany(store, 3, { subject: 'ended', expiresAtMs: nowMs + HOUR_MS });
      const { claims } = await claimAll(store.spool, { limit: 1 });
      const [tried] = deliveriesOf(claims);
      expect(tried?.ended).toBeUndefined();
      const later = { state: 'deferred', nextAttemptAtMs: nowMs + 5 * HOUR_MS } as const;
      await store.spool.settle({ nowMs, settlements: [settlement(tried!, later)], dsns: [] });
      await acceptMany(store, 1, { subject: 'due', expiresAtMs: nowMs + 9 * HOUR_MS });
      const all = await claimAll(store.spool, { limit: 10, nowMs: nowMs + 2 * HOUR_MS });
      const ended = (subject: string) =>
        deliveriesOf(all.claims.filter(({ facts }) => facts.subject === subject)).map((one) => one.ended);
      expect(ended('ended')).toEqual([true, true, true]);
      expect(ended('due')).toEqual([undefined]);
    });

    test.each([8, 2])(
      'what has expired untried and goes back does not keep the rest from being claimed, %d of a destination at once',
      async (limitPerDestination) => {
        const store = await bench().open();
        const nowMs = systemClock.now() + HOUR_MS;
        for (let number = 0; number < 20; number++) {
          const expiresAtMs = nowMs - 60_000 + number;
          await store.spool.accept(
            await newMessage(store, { subject: `old ${String(number)}`, expiresAtMs }),
          );
        }
        await acceptMany(store, 3, { subject: 'new', expiresAtMs: nowMs + 3 * HOUR_MS });
        const look = async (atMs: number) => {
          const { claims } = await claimAll(store.spool, { limit: 40, limitPerDestination, nowMs: atMs });
          const settlements = deliveriesOf(claims).map((delivery) => {
            const parts = { attempts: [], countsAsAttempt: false, nextAttemptAtMs: atMs };
            return settlement(delivery, { state: 'queued', ...parts });
          });
          await store.spool.settle({ nowMs: atMs, settlements, dsns: [] });
          expect(deliveriesOf(claims).length).toBeLessThanOrEqual(limitPerDestination);
          return claims.map(({ facts }) => facts.subject ?? '');
        };
        const seen = new Set<string>();
        for (let count = 0; count < 10; count++) for (const one of await look(nowMs + count)) seen.add(one);
        // All that have expired were looked at; the rest comes in the order in which it is due.
        expect([...seen].filter((subject) => subject.startsWith('old'))).toHaveLength(20);
        for (let count = 10; count < 30; count++) for (const one of await look(nowMs + count)) seen.add(one);
        expect(seen).toContain('new');
        // What goes back again and again is looked at again for its end.
        const again = new Set<string>();
        for (let count = 0; count < 12; count++)
          for (const one of await look(nowMs + 25 * HOUR_MS + count)) again.add(one);
        expect(again.size).toBe(21);
      },
    );

    test('what a process had claimed for its end and did not look at comes for its end again, before what waits longer', async () => {
      const { open } = bench();
      const before = await open();
      const nowMs = systemClock.now();
      await acceptMany(before, 5, { subject: 'waiting', expiresAtMs: nowMs + 9 * HOUR_MS });
      await acceptMany(before, 2, { subject: 'ended', expiresAtMs: nowMs + HOUR_MS });
      expect(await claimed(before, 4, { nowMs: nowMs + 2 * HOUR_MS })).toEqual({ ended: 2, waiting: 2 });
      await before.close();
      const after = await open();
      expect(await claimed(after, 4, { nowMs: nowMs + 3 * HOUR_MS })).toEqual({ ended: 2, waiting: 2 });
    });

    test('what waits for a limit comes in its time, though it has expired: what is due does not wait behind it', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      await acceptMany(store, 5, { subject: 'waiting', expiresAtMs: nowMs + HOUR_MS });
      const { claims } = await claimAll(store.spool);
      const settlements = deliveriesOf(claims).map((delivery) =>
        settlement(delivery, {
          ...{ state: 'queued', attempts: [], countsAsAttempt: false },
          ...{ nextAttemptAtMs: nowMs + 5 * HOUR_MS, waitsFor: 'rule slow: 1 message an hour' },
        }),
      );
      await store.spool.settle({ nowMs, settlements, dsns: [] });
      await acceptMany(store, 1, { subject: 'due', expiresAtMs: nowMs + 9 * HOUR_MS });
      expect(await claimed(store, 5, { nowMs: nowMs + 2 * HOUR_MS })).toEqual({ due: 1 });
      expect(await claimed(store, 5, { nowMs: nowMs + 6 * HOUR_MS })).toEqual({ waiting: 5 });
    });

    test('a message behind a hundred thousand of bulk is in the next claim', async () => {
      const store = await bench().open();
      const recipients = Array.from({ length: 10_000 }, (_, number) => `user${number}@example.com`);
      for (let count = 0; count < 10; count++)
        await store.spool.accept(await newMessage(store, { recipients, bulk: true, subject: 'bulk' }));
      expect(await claimed(store, 50)).toEqual({ bulk: 50 });
      await acceptMany(store, 1, { subject: 'first' });
      expect(await claimed(store, 4)).toEqual({ first: 1, bulk: 3 });
      await acceptMany(store, 1, { subject: 'first' });
      expect(await claimed(store, 4, { withoutBulk: ['example.com'] })).toEqual({ first: 1 });
    });

    test('claims of one delivery give bulk one of four', async () => {
      const store = await bench().open();
      await acceptMany(store, 5, { bulk: true, subject: 'bulk' });
      await acceptMany(store, 20, { subject: 'first' });
      const order: string[] = [];
      for (let count = 0; count < 8; count++) order.push(...Object.keys(await claimed(store, 1)));
      expect(order).toEqual(['first', 'first', 'first', 'bulk', 'first', 'first', 'first', 'bulk']);
    });

    test('bulk of one account does not wait for what another sends', async () => {
      const store = await bench().open();
      const other = { id: makeId('acc_', systemClock.now(), systemRandom), name: 'other', createdAtMs: 0 };
      await store.directory.addAccount(other, 'test');
      await acceptMany(store, 30, { bulk: true, subject: 'bulk' });
      await acceptMany(store, 30, { accountId: other.id, subject: 'first' });
      expect(await claimed(store, 20)).toEqual({ bulk: 10, first: 10 });
      const order: string[] = [];
      for (let count = 0; count < 4; count++) order.push(...Object.keys(await claimed(store, 1)));
      expect(order.filter((one) => one === 'bulk')).toHaveLength(2);
    });

    test('a worker whose room is full with bulk gets the rest alone', async () => {
      const store = await bench().open();
      await acceptMany(store, 40, { bulk: true, subject: 'bulk' });
      await acceptMany(store, 3, { subject: 'first' });
      await acceptMany(store, 2, { subject: 'elsewhere', bulk: true, recipients: ['a@other.example'] });
      const request = { limit: 10, withoutBulk: ['example.com'] };
      expect(await claimed(store, 10, request)).toEqual({ first: 3, elsewhere: 2 });
      const none = await claimAll(store.spool, request);
      // Not the bulk that is due: the worker would ask again and again.
      expect(none).toEqual({ claims: [], nextDueAtMs: undefined });
    });

    test('of some destinations a few are enough: of each account in turn, and what has ended beside them', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      await acceptMany(store, 10, { subject: 'due', expiresAtMs: nowMs + 9 * HOUR_MS });
      await acceptMany(store, 2, { subject: 'ended', expiresAtMs: nowMs + HOUR_MS });
      await acceptMany(store, 10, { subject: 'elsewhere', recipients: ['a@other.example'] });
      const few = { destinations: ['example.com'], limit: 3 };
      const atMs = nowMs + 2 * HOUR_MS;
      expect(await claimed(store, 20, { nowMs: atMs, few, limitPerDestination: 8 })).toEqual({
        ...{ due: 3, ended: 2, elsewhere: 8 },
      });
      const full = { few, withoutBulk: ['example.com'], limitPerDestination: 8 };
      expect(await claimed(store, 20, { nowMs: atMs, ...full })).toEqual({ due: 3, elsewhere: 2 });
      expect(await claimed(store, 20, { nowMs: atMs })).toEqual({ due: 4 });
    });

    test('destinations that have nothing but bulk take no place of others', async () => {
      const store = await bench().open();
      const names = ['one', 'two', 'three'].map((name) => `${name}.example`);
      for (const name of names) await acceptMany(store, 2, { bulk: true, recipients: [`a@${name}`] });
      await acceptMany(store, 2, { subject: 'last', recipients: ['a@last.example'] });
      expect(await claimed(store, 1, { withoutBulk: names })).toEqual({ last: 1 });
    });

    test('a delivery keeps its rank through a failure, and says it with each claim', async () => {
      const store = await bench().open();
      await acceptMany(store, 1, { bulk: true, subject: 'bulk' });
      const { claims } = await claimAll(store.spool);
      const [delivery] = deliveriesOf(claims);
      expect(delivery?.bulk).toBe(true);
      const nowMs = systemClock.now();
      const deferred = settlement(delivery!, { state: 'deferred', nextAttemptAtMs: nowMs + 1 });
      await store.spool.settle({ nowMs, settlements: [deferred], dsns: [] });
      await acceptMany(store, 3, { subject: 'first' });
      const later = await claimAll(store.spool, { nowMs: nowMs + HOUR_MS, limit: 3 });
      expect(later.claims.map(({ facts }) => facts.subject)).toEqual(['first', 'first', 'first']);
      const [last] = deliveriesOf((await claimAll(store.spool, { nowMs: nowMs + HOUR_MS })).claims);
      expect(last).toMatchObject({ bulk: true, attempts: 1 });
    });

    test('priority and deadline come back with the claim', async () => {
      const store = await bench().open();
      const deliverBy = { atMs: systemClock.now() + HOUR_MS, mode: 'notify', trace: true } as const;
      await store.spool.accept(await newMessage(store, { priority: -4, deliverBy, bulk: true }));
      await store.spool.accept(await newMessage(store));
      const { claims } = await claimAll(store.spool);
      expect(claims.map(({ facts: { priority, deliverBy: by } }) => [priority, by])).toEqual(
        expect.arrayContaining([
          [-4, deliverBy],
          [undefined, undefined],
        ]),
      );
    });

    test('what had to arrive by a time that is over is claimed, whatever keeps it', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      const returned = (atMs: number) => ({ deliverBy: { atMs, mode: 'return', trace: false } as const });
      const accept = async (subject: string, draft: MessageDraft) =>
        store.spool.accept(await newMessage(store, { subject, ...draft }));
      const overdue = returned(nowMs - 1_000);
      await accept('suspended', { ...overdue, recipients: ['a@suspended.example'] });
      await accept('blocked', { ...overdue, recipients: ['a@blocked.example'] });
      await accept('held', { ...overdue, recipients: ['a@held.example', 'b@held.example'] });
      await accept('later', returned(nowMs + HOUR_MS));
      await accept('told', { deliverBy: { atMs: nowMs - 1_000, mode: 'notify', trace: false } });
      await accept('usual', {});
      await store.queue.suspendDestination('suspended.example', true, nowMs, 'cli');
      await store.spool.blockDestinations([
        { destination: 'blocked.example', untilMs: nowMs + MINUTE_MS, failures: 1, lastError: '421' },
      ]);
      await store.queue.hold(
        { accountId: undefined, id: undefined, destination: 'held.example' },
        nowMs,
        'cli',
      );
      const { claims, nextAtMs } = await store.spool.claimOverdue(nowMs, 100);
      expect(claims.map(({ facts }) => facts.subject).sort()).toEqual(['blocked', 'held', 'suspended']);
      expect(deliveriesOf(claims)).toHaveLength(4);
      expect(nextAtMs).toBe(nowMs + HOUR_MS);
      // Each belongs to one worker.
      expect((await store.spool.claimOverdue(nowMs, 100)).claims).toEqual([]);
      await settleAll(store.spool, claims, { state: 'expired' });
      for (const name of ['suspended.example', 'blocked.example', 'held.example'])
        expect((await store.queue.destination(name))?.counts).toMatchObject({ held: 0, queued: 0 });
      expect((await store.queue.destination('held.example'))?.counts).toMatchObject({ expired: 2 });
      expect(await store.spool.claimOverdue(nowMs + 2 * HOUR_MS, 100)).toMatchObject({
        claims: [{ facts: { subject: 'later' } }],
        nextAtMs: undefined,
      });
    });

    test('that is done in batches', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      await acceptMany(store, 25, { deliverBy: { atMs: nowMs - 1, mode: 'return', trace: false } });
      const counts: number[] = [];
      for (let at = 0; at < 4; at++) {
        const { claims } = await store.spool.claimOverdue(nowMs, 10);
        counts.push(deliveriesOf(claims).length);
        await settleAll(store.spool, claims, { state: 'expired' });
      }
      expect(counts).toEqual([10, 10, 5, 0]);
    });
  });
}

/** By subject, how many of the next claim. */
async function claimed(
  store: Store,
  limit: number,
  request: Parameters<typeof claimAll>[1] = {},
): Promise<Record<string, number>> {
  const { claims } = await claimAll(store.spool, { limit, ...request });
  const counts: Record<string, number> = {};
  for (const { facts, deliveries } of claims) {
    const subject = facts.subject ?? '';
    counts[subject] = (counts[subject] ?? 0) + deliveries.length;
  }
  return counts;
}
