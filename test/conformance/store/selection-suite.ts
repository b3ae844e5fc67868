/** Which deliveries a selection means, in lists, counts and changes alike. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { DeliverySelection, SelectedTally } from '../../../src/store/queue-admin.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import { acceptMany, claimAll, defaultAccountId, HOUR_MS, newMessage, settleAll } from './fixtures.ts';

const ALL: DeliverySelection = { accountId: undefined, id: undefined, destination: undefined };

export function describeSelections(engine: Engine): void {
  describe('selections', () => {
    const bench = benchFor(engine);

    test('mean what all their parts mean, in a list, a count and a change', async () => {
      const store = await bench().open();
      const nowMs = systemClock.now();
      await store.directory.addAccount({ id: 'acc_other', name: 'other', createdAtMs: 0 }, 'test');
      const draft = async (parts: object) => store.spool.accept(await newMessage(store, parts));
      const ann = { recipient: 'Ann@One.example', destination: 'one.example' };
      await draft({ recipients: [ann, 'bob@two.example'], subject: 'Größe 100%' });
      await draft({ recipients: ['bob@one.example'], reversePath: 'News@Shop.example', stream: 'news' });
      await draft({
        recipients: ['jörg@one.example'],
        headerFrom: 'sales@shop.example',
        acceptedAtMs: nowMs - 2 * HOUR_MS,
        accountId: 'acc_other',
      });
      await draft({ recipients: ['carl@three.example'], sendAtMs: nowMs + HOUR_MS, subject: undefined });
      const cases: readonly [Partial<DeliverySelection>, readonly string[]][] = [
        [
          {},
          ['Ann@One.example', 'bob@one.example', 'bob@two.example', 'carl@three.example', 'jörg@one.example'],
        ],
        [{ destination: 'two.example' }, ['bob@two.example']],
        [{ stream: 'news' }, ['bob@one.example']],
        [{ accountId: 'acc_other' }, ['jörg@one.example']],
        [{ sender: 'news@shop.EXAMPLE' }, ['bob@one.example']],
        [{ sender: '*@shop.example' }, ['bob@one.example', 'jörg@one.example']],
        [{ sender: '*@op.example' }, []],
        [{ sender: 'n%@shop.example' }, []],
        [{ recipient: 'ann@one.example' }, ['Ann@One.example']],
        [{ recipient: 'JÖRG@one.example' }, ['jörg@one.example']],
        [{ recipient: '*@two.example' }, ['bob@two.example']],
        [{ recipient: '*@two.example', destination: 'one.example' }, []],
        [{ subject: 'GRÖSSE' }, []],
        [{ subject: 'größe 100%' }, ['Ann@One.example', 'bob@two.example']],
        [{ subject: 'GRÖßE' }, ['Ann@One.example', 'bob@two.example']],
        [{ subject: '100_' }, []],
        [{ acceptedBeforeMs: nowMs - HOUR_MS }, ['jörg@one.example']],
        [{ acceptedAfterMs: nowMs - HOUR_MS, destination: 'two.example' }, ['bob@two.example']],
        [{ state: 'scheduled' }, ['carl@three.example']],
        [{ state: 'held' }, []],
        [{ sender: '*@shop.example', stream: 'news', state: 'queued' }, ['bob@one.example']],
        [{ sender: '*@shop.example', stream: 'news', state: 'scheduled' }, []],
      ];
      for (const [parts, meant] of cases) {
        const selection = { ...ALL, ...parts };
        expect({ parts, found: await recipients(store, selection) }).toEqual({ parts, found: meant });
        expect({ parts, found: (await tally(store, selection)).deliveries }).toEqual({
          parts,
          found: meant.length,
        });
        // Held and released: as it was.
        const held = meant.length - (parts.state === 'held' ? meant.length : 0);
        expect({ parts, found: await store.queue.hold(selection, nowMs, 'test') }).toEqual({
          parts,
          found: held,
        });
        expect(await store.queue.release(ALL, nowMs, 'test')).toBe(held);
      }
      await expect(store.queue.hold({ ...ALL, accountId: 'acc_none' }, nowMs, 'test')).rejects.toMatchObject({
        code: 'conflict',
      });
    });

    test.each([
      ['İstanbul', 'İSTANBUL'],
      ['\u212Aelvin', 'kelvin'],
      ['Caf\u00E9', 'cafe\u0301'],
      ['Cafe\u0301', 'CAF\u00C9'],
      ['10 \u212A\u037E', 'k;'],
    ])('the subject %s is found by %s, however its letters are written', async (subject, text) => {
      const store = await bench().open();
      await store.spool.accept(await newMessage(store, { subject }));
      expect(await recipients(store, { ...ALL, subject: text })).toHaveLength(1);
      expect(await store.queue.hold({ ...ALL, subject: text }, systemClock.now(), 'test')).toBe(1);
    });

    test('a message or a delivery, with other parts that narrow it', async () => {
      const store = await bench().open();
      const message = await newMessage(store, { recipients: ['a@one.example', 'b@two.example'] });
      await store.spool.accept(message);
      await acceptMany(store, 1);
      const { id } = message.facts;
      expect(await recipients(store, { ...ALL, id })).toEqual(['a@one.example', 'b@two.example']);
      const second = `dlv_${id.slice(4)}-2`;
      expect(await recipients(store, { ...ALL, id: second })).toEqual(['b@two.example']);
      expect(await recipients(store, { ...ALL, id, recipient: '*@one.example' })).toEqual(['a@one.example']);
      expect(await tally(store, { ...ALL, id })).toMatchObject({ deliveries: 2, messages: 1 });
      const now = systemClock.now();
      expect(await store.queue.hold({ ...ALL, id, recipient: 'b@two.example' }, now, 'test')).toBe(1);
      expect(await recipients(store, { ...ALL, state: 'held' })).toEqual(['b@two.example']);
    });

    test('a list is newest first, stops at its limit, and says what each waits for', async () => {
      const store = await bench().open();
      for (let count = 0; count < 3; count++)
        await acceptMany(store, 1, { recipients: ['a@one.example', 'b@two.example', 'c@one.example'] });
      const all = await store.queue.listQueue(ALL, 100);
      const ids = all.map(({ facts }) => facts.id);
      expect(ids).toEqual([...ids].sort().reverse());
      expect(all.flatMap(({ deliveries }) => deliveries)).toHaveLength(9);
      const five = await store.queue.listQueue({ ...ALL, destination: 'one.example' }, 5);
      expect(five.map(({ facts, deliveries }) => [facts.id, deliveries.length])).toEqual([
        [ids[0], 2],
        [ids[1], 2],
        [ids[2], 1],
      ]);
      const untilMs = systemClock.now() + HOUR_MS;
      await store.spool.blockDestinations([
        { destination: 'one.example', untilMs, failures: 1, lastError: 'x' },
      ]);
      await store.queue.suspendDestination('two.example', true, 1, 'test');
      const [newest] = await store.queue.listQueue(ALL, 2);
      expect(newest!.deliveries.map(({ obstacle }) => obstacle)).toEqual([
        { suspended: false, blockedUntilMs: Math.round(untilMs), waitsFor: undefined },
        { suspended: true, blockedUntilMs: undefined, waitsFor: undefined },
      ]);
    });

    test('a count goes part by part, and leaves out what is settled', async () => {
      const store = await bench().open();
      await acceptMany(store, 2, { recipients: ['a@one.example', 'b@two.example'] });
      await acceptMany(store, 1, { recipients: ['c@one.example'] });
      const { claims } = await claimAll(store.spool);
      await settleAll(store.spool, claims.slice(0, 1));
      const counted = await tally(store, ALL);
      expect(counted).toMatchObject({ deliveries: 4, claimed: 4, next: undefined });
      expect([...counted.accounts]).toEqual([['default', 4]]);
      expect(counted.oldestAtMs).toBeLessThanOrEqual(systemClock.now());
      const accountId = await defaultAccountId(store);
      expect((await tally(store, { ...ALL, accountId, destination: 'none.example' })).deliveries).toBe(0);
    });

    test('thousands are found in parts, and changed once each', async () => {
      const store = await bench().open();
      const many = Array.from({ length: 4_000 }, (_, index) => `user${index}@example.com`);
      await acceptMany(store, 6, { recipients: many });
      await acceptMany(store, 1, {
        recipients: many,
        reversePath: 'other@example.org',
        headerFrom: 'x@y.example',
      });
      const selection = { ...ALL, sender: 'sender@example.org' };
      let first: SelectedTally | undefined;
      let deliveries = 0;
      let place: SelectedTally['next'];
      do {
        const part = await store.queue.tallySelected(selection, place);
        first ??= part;
        deliveries += part.deliveries;
        place = part.next;
      } while (place !== undefined);
      expect(first.next).toBeDefined();
      expect(deliveries).toBe(24_000);
      expect(await store.queue.hold(selection, systemClock.now(), 'test')).toBe(24_000);
      expect(await store.queue.summary(1)).toMatchObject({ held: 24_000, queued: 4_000 });
    }, 60_000);
  });
}

async function recipients(store: OpenedStore, selection: DeliverySelection): Promise<readonly string[]> {
  const messages = await store.queue.listQueue(selection, 1_000);
  return messages.flatMap(({ deliveries }) => deliveries.map(({ recipient }) => recipient)).sort();
}

/** Of selections that one part covers. */
function tally(store: OpenedStore, selection: DeliverySelection): Promise<SelectedTally> {
  return store.queue.tallySelected(selection, undefined);
}
