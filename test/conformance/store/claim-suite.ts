/** Claiming: what is due, how much, in what order, and who is fair to whom. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { makeId } from '../../../src/platform/ids.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import type { NewSuppression } from '../../../src/store/suppression-records.ts';
import type { Engine, OpenedStore } from './engine.ts';
import { benchFor } from './engine.ts';
import {
  acceptMany,
  claimAll,
  defaultAccountId,
  deliveriesOf,
  HOUR_MS,
  MINUTE_MS,
  newMessage,
  settleAll,
  settlement,
} from './fixtures.ts';

export function describeClaim(engine: Engine): void {
  describe('claim', () => {
    const bench = benchFor(engine);

    test('nothing is claimed twice', async () => {
      const store = await bench().open();
      await acceptMany(store, 30);
      const results = await Promise.all([1, 2, 3].map(() => claimAll(store.spool, { limit: 10 })));
      const ids = results.flatMap(({ claims }) => deliveriesOf(claims)).map(({ id }) => id);
      expect(new Set(ids).size).toBe(30);
      expect((await claimAll(store.spool)).claims).toEqual([]);
    });

    test('deliveries of one message to one destination come together', async () => {
      const store = await bench().open();
      const recipients = Array.from({ length: 50 }, (_, index) => `user${index}@example.com`);
      await store.spool.accept(await newMessage(store, { recipients: [...recipients, 'x@example.net'] }));
      await store.spool.accept(await newMessage(store));
      const { claims } = await claimAll(store.spool);
      expect(claims.map(({ destination, deliveries }) => [destination, deliveries.length]).sort()).toEqual([
        ['example.com', 1],
        ['example.com', 50],
        ['example.net', 1],
      ]);
    });

    test('the limits hold, in all and for a destination', async () => {
      const store = await bench().open();
      await acceptMany(store, 20, { recipients: ['a@one.example'] });
      await acceptMany(store, 20, { recipients: ['a@two.example'] });
      const first = await claimAll(store.spool, { limit: 100, limitPerDestination: 5 });
      expect(deliveriesOf(first.claims)).toHaveLength(10);
      expect(first.nextDueAtMs).toBeLessThanOrEqual(systemClock.now());
      const second = await claimAll(store.spool, { limit: 7 });
      expect(deliveriesOf(second.claims)).toHaveLength(7);
      expect(deliveriesOf((await claimAll(store.spool, { limit: 0 })).claims)).toHaveLength(0);
    });

    test('each ready destination gets a share before any gets more', async () => {
      const store = await bench().open();
      await acceptMany(store, 100, { recipients: ['a@big.example'] });
      for (const name of ['one', 'two', 'three']) {
        await store.spool.accept(await newMessage(store, { recipients: [`a@${name}.example`] }));
      }
      const { claims } = await claimAll(store.spool, { limit: 20 });
      const names = claims.map(({ destination }) => destination);
      expect(new Set(names)).toEqual(new Set(['big.example', 'one.example', 'two.example', 'three.example']));
      expect(names.filter((name) => name === 'big.example')).toHaveLength(17);
    });

    test('a busy account does not delay another in the same destination', async () => {
      const store = await bench().open();
      const other = { id: makeId('acc_', systemClock.now(), systemRandom), name: 'other', createdAtMs: 0 };
      const third = { id: makeId('acc_', systemClock.now(), systemRandom), name: 'third', createdAtMs: 0 };
      await store.directory.addAccount(other, 'test');
      await store.directory.addAccount(third, 'test');
      await acceptMany(store, 200);
      await acceptMany(store, 5, { accountId: other.id });
      await acceptMany(store, 5, { accountId: third.id });
      const served = new Map<string, number>();
      for (let round = 0; round < 15; round++) {
        for (const { facts } of (await claimAll(store.spool, { limit: 1 })).claims) {
          served.set(facts.accountId, (served.get(facts.accountId) ?? 0) + 1);
        }
      }
      expect(served).toEqual(
        new Map([
          [await defaultAccountId(store), 5],
          [other.id, 5],
          [third.id, 5],
        ]),
      );
    });

    test('the longest due comes first', async () => {
      const store = await bench().open();
      const now = systemClock.now();
      for (const minutes of [30, 10, 20]) {
        await store.spool.accept(
          await newMessage(store, { subject: `in ${minutes}`, sendAtMs: now + minutes * 60_000 }),
        );
      }
      const early = await claimAll(store.spool, { nowMs: now });
      expect(early).toEqual({ claims: [], nextDueAtMs: now + 600_000 });
      const { claims } = await claimAll(store.spool, { nowMs: now + HOUR_MS, limit: 2 });
      expect(claims.map(({ facts }) => facts.subject)).toEqual(['in 10', 'in 20']);
      expect(deliveriesOf(claims).map(({ state }) => state)).toEqual(['scheduled', 'scheduled']);
    });

    test('an excluded destination is left alone and does not hide when the others are due', async () => {
      const store = await bench().open();
      const laterMs = systemClock.now() + HOUR_MS;
      await store.spool.accept(await newMessage(store, { recipients: ['a@full.example'] }));
      await store.spool.accept(
        await newMessage(store, { recipients: ['a@later.example'], sendAtMs: laterMs }),
      );
      const excluded = await claimAll(store.spool, { excludedDestinations: ['full.example'] });
      expect(excluded).toEqual({ claims: [], nextDueAtMs: laterMs });
      expect((await claimAll(store.spool)).claims).toHaveLength(1);
    });

    test('a blocked destination waits, whatever is accepted for it, until its time or its release', async () => {
      const store = await bench().open();
      const untilMs = systemClock.now() + 5 * MINUTE_MS;
      const block = { destination: 'example.com', untilMs, failures: 2, lastError: 'connect: refused' };
      await acceptMany(store, 3);
      await store.spool.blockDestinations([block]);
      await acceptMany(store, 2);
      expect(await claimAll(store.spool)).toEqual({ claims: [], nextDueAtMs: untilMs });
      expect((await store.queue.summary(5)).destinations[0]).toMatchObject({
        name: 'example.com',
        blockedUntilMs: untilMs,
        failures: 2,
        lastError: 'connect: refused',
        counts: { queued: 5 },
      });
      expect(deliveriesOf((await claimAll(store.spool, { nowMs: untilMs, limit: 1 })).claims)).toHaveLength(
        1,
      );
      await store.spool.blockDestinations([{ ...block, failures: 0 }]);
      expect(deliveriesOf((await claimAll(store.spool)).claims)).toHaveLength(4);
    });

    test('a block outlives the process', async () => {
      const { open } = bench();
      const before = await open();
      const untilMs = systemClock.now() + 5 * MINUTE_MS;
      await before.spool.accept(await newMessage(before));
      await before.spool.blockDestinations([
        { destination: 'example.com', untilMs, failures: 1, lastError: 'x' },
      ]);
      await before.close();
      const after = await open();
      expect(await claimAll(after.spool)).toEqual({ claims: [], nextDueAtMs: untilMs });
    });

    test('a block further ahead than any back-off is over at the next start: the clock was set back', async () => {
      const { open } = bench();
      const before = await open();
      await before.spool.accept(await newMessage(before));
      const block = { destination: 'example.com', untilMs: systemClock.now() + 2 * HOUR_MS };
      await before.spool.blockDestinations([{ ...block, failures: 4, lastError: 'x' }]);
      await before.close();
      const after = await open();
      expect((await claimAll(after.spool)).claims).toHaveLength(1);
      const [row] = (await after.queue.summary(1)).destinations;
      expect(row).toMatchObject({ blockedUntilMs: undefined, failures: 4, lastError: 'x' });
    });

    test('what is put back untried is due again at its time, without an attempt', async () => {
      const store = await bench().open();
      await store.spool.accept(await newMessage(store));
      const atMs = systemClock.now() + HOUR_MS;
      const untried = {
        state: 'queued',
        nextAttemptAtMs: atMs,
        attempts: [],
        countsAsAttempt: false,
      } as const;
      await settleAll(store.spool, (await claimAll(store.spool)).claims, untried);
      expect(await claimAll(store.spool)).toEqual({ claims: [], nextDueAtMs: atMs });
      const { claims } = await claimAll(store.spool, { nowMs: atMs });
      expect(deliveriesOf(claims)).toMatchObject([{ attempts: 0, state: 'queued' }]);
    });

    test('a new process frees at once what an earlier one had in hand', async () => {
      const { open } = bench();
      const before = await open();
      await acceptMany(before, 3);
      const held = deliveriesOf((await claimAll(before.spool)).claims);
      await before.close();
      const after = await open();
      const { claims } = await claimAll(after.spool);
      expect(
        deliveriesOf(claims)
          .map(({ id }) => id)
          .sort(),
      ).toEqual(held.map(({ id }) => id).sort());
      const late = await after.spool.settle({
        nowMs: systemClock.now(),
        settlements: held.map((delivery) => settlement(delivery)),
        dsns: [],
      });
      expect(late).toEqual({ written: 0 });
      expect(await settleAll(after.spool, claims)).toEqual({ written: 3 });
    });

    test('a suppression that came after the acceptance is seen at the claim', async () => {
      const store = await bench().open();
      await acceptMany(store, 1, {
        recipients: ['Gone@example.com', 'b@example.com', 'expired@example.com'],
      });
      await store.suppressions.addSuppression(
        await suppression(store, { address: 'gone@example.com' }),
        'test',
      );
      await store.suppressions.addSuppression(
        await suppression(store, { address: 'expired@example.com', expiresAtMs: systemClock.now() - 1 }),
        'test',
      );
      await store.suppressions.addSuppression(
        await suppression(store, { address: 'b@example.com', scope: 'newsletter' }),
        'test',
      );
      const found = deliveriesOf((await claimAll(store.spool)).claims);
      expect(found.map(({ recipient, suppressedBy }) => [recipient, suppressedBy])).toEqual([
        ['Gone@example.com', 'complaint'],
        ['b@example.com', undefined],
        ['expired@example.com', undefined],
      ]);
    });

    test('an outcome whose DSN cannot be stored changes nothing, and is written without it', async () => {
      const store = await bench().open();
      const message = await newMessage(store);
      await store.spool.accept(message);
      const { claims } = await claimAll(store.spool);
      const settlements = deliveriesOf(claims).map((delivery) => settlement(delivery));
      const dsn = await newMessage(store, { via: 'dsn', accountId: 'acc_gone' });
      const nowMs = systemClock.now();
      const refused = store.spool.settle({ nowMs, settlements, dsns: [dsn] });
      await expect(refused).rejects.toMatchObject({ code: 'conflict' });
      expect(await store.queue.messageById(message.facts.id)).toMatchObject({
        deliveries: [{ state: 'queued', claimed: true }],
      });
      expect(await store.spool.settle({ nowMs, settlements, dsns: [] })).toEqual({ written: 1 });
      expect(await store.queue.messageById(message.facts.id)).toMatchObject({
        deliveries: [{ state: 'delivered', history: [{ replyCode: 250 }] }],
      });
    });

    test('a suppression is written by the commit that settles', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      await acceptMany(store, 2);
      const { claims } = await claimAll(store.spool, { limit: 1 });
      const learned = await suppression(store, { address: 'user@example.com', reason: 'unknown-address' });
      await settleAll(store.spool, claims, { state: 'bounced', suppression: learned });
      expect(
        await store.suppressions.suppressionFor(
          accountId,
          'transactional',
          'user@example.com',
          systemClock.now(),
        ),
      ).toEqual({
        ...learned,
        accountName: 'default',
        event: await store.events.lastEventSequence(),
      });
      const [second] = deliveriesOf((await claimAll(store.spool)).claims);
      expect(second!.suppressedBy).toBe('unknown-address');
    });
  });
}

async function suppression(store: OpenedStore, parts: Partial<NewSuppression>): Promise<NewSuppression> {
  return {
    accountId: await defaultAccountId(store),
    scope: '',
    address: 'user@example.com',
    reason: 'complaint',
    evidence: '550 5.1.1 no such user',
    createdAtMs: systemClock.now(),
    expiresAtMs: undefined,
    createdBy: 'delivery',
    ...parts,
  };
}
