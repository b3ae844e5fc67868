/** How mail left, as the store keeps it: what a route holds or discards, names in attempts, what smart hosts took. */
import { describe, expect, test } from 'vitest';
import type { AttemptStage } from '../../../src/policy/attempt-stage.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Settlement } from '../../../src/store/delivery-records.ts';
import { SPAN_MS } from '../../../src/store/stats.ts';
import type { Engine } from './engine.ts';
import { benchFor } from './engine.ts';
import { acceptMany, allEvents, claimAll, deliveriesOf, settleAll, settlement } from './fixtures.ts';

const ALL = { accountId: undefined, id: undefined, destination: undefined };

function byRoute(text: string): Partial<Settlement> {
  const attempt = {
    atMs: systemClock.now(),
    host: undefined,
    address: undefined,
    tls: undefined,
    replyCode: undefined,
    status: undefined,
    text,
    stage: 'policy',
    durationMs: 0,
    route: 'quarantine',
  } as const;
  return { attempts: [attempt], countsAsAttempt: false };
}

export function describeRoutes(engine: Engine): void {
  describe('routes', () => {
    const bench = benchFor(engine);

    test('what a route holds waits until it is released, and is then known to have been held', async () => {
      const store = await bench().open();
      await acceptMany(store, 2, { recipients: ['a@one.example'] });
      const first = await claimAll(store.spool);
      expect(deliveriesOf(first.claims).every(({ heldBy }) => heldBy === undefined)).toBe(true);
      await settleAll(store.spool, first.claims, {
        state: 'held',
        heldBy: 'quarantine',
        ...byRoute('look at it first'),
      });
      expect((await claimAll(store.spool)).claims).toEqual([]);
      expect(await store.queue.summary(1)).toMatchObject({ held: 2, queued: 0 });
      const [claim] = first.claims;
      const view = await store.queue.messageById(claim!.facts.id);
      expect(view?.deliveries).toMatchObject([
        {
          state: 'held',
          claimed: false,
          attempts: 0,
          history: [{ route: 'quarantine', text: 'look at it first' }],
        },
      ]);
      expect(await store.queue.release(ALL, systemClock.now(), 'test')).toBe(2);
      const second = await claimAll(store.spool);
      expect(deliveriesOf(second.claims).map(({ heldBy }) => heldBy)).toEqual(['quarantine', 'quarantine']);
      // And it stays known however often it is put back.
      await settleAll(store.spool, second.claims, {
        state: 'deferred',
        nextAttemptAtMs: systemClock.now(),
        attempts: [],
      });
      expect(deliveriesOf((await claimAll(store.spool)).claims)[0]?.heldBy).toBe('quarantine');
    });

    test('attempts end at every stage of the dialogue that there is', async () => {
      const every: Readonly<Record<AttemptStage, true>> = {
        dns: true,
        connect: true,
        greeting: true,
        ehlo: true,
        starttls: true,
        auth: true,
        mail: true,
        rcpt: true,
        data: true,
        final: true,
        policy: true,
      };
      const stages = Object.keys(every) as AttemptStage[];
      const store = await bench().open();
      await acceptMany(store, 1, { recipients: ['a@one.example'] });
      const { claims } = await claimAll(store.spool);
      const [delivery] = deliveriesOf(claims);
      const usual = settlement(delivery!);
      const attempts = stages.flatMap((stage) => usual.attempts.map((one) => ({ ...one, stage })));
      await store.spool.settle({
        nowMs: systemClock.now(),
        settlements: [{ ...usual, attempts }],
        dsns: [],
      });
      await store.spool.blockDestinations([
        { destination: 'two.example', untilMs: 1, failures: 1, lastError: '', tries: [attempts] },
      ]);
      const view = await store.queue.messageById(claims[0]!.facts.id);
      expect(view?.deliveries[0]?.history?.map(({ stage }) => stage)).toEqual(stages);
    });

    test('what a route discards ends cancelled, with its message', async () => {
      const store = await bench().open();
      await acceptMany(store, 1, { recipients: ['a@one.example'] });
      const { claims } = await claimAll(store.spool);
      const data = { reason: 'test addresses', route: 'void' };
      await settleAll(store.spool, claims, {
        state: 'cancelled',
        event: { type: 'cancelled', atMs: systemClock.now(), data },
        ...byRoute('test addresses'),
      });
      const { events } = await store.events.readEvents(allEvents());
      expect(events.map(({ type }) => type)).toEqual(['accepted', 'cancelled']);
      expect(events.at(-1)?.data).toEqual(data);
      const view = await store.queue.messageById(claims[0]!.facts.id);
      expect(view?.deliveries[0]?.state).toBe('cancelled');
      expect(view?.deliveries[0]?.settledAtMs).toBeTypeOf('number');
      expect((await store.queue.summary(1)).oldestAtMs).toBeUndefined();
    });

    test('attempts keep the names of route and source, and what a smart host took is counted', async () => {
      const store = await bench().open();
      await acceptMany(store, 2, { recipients: ['a@one.example'] });
      const { claims } = await claimAll(store.spool);
      const [relayed, direct] = deliveriesOf(claims);
      const usual = settlement(relayed!);
      const nowMs = systemClock.now();
      const attempts = usual.attempts.map((one) => ({ ...one, route: 'smart', source: 'b' }));
      const event = { type: 'delivered', atMs: nowMs, data: { hop: 'relay', route: 'smart' } } as const;
      await store.spool.settle({
        nowMs,
        settlements: [{ ...usual, attempts, event }, settlement(direct!)],
        dsns: [],
      });
      const view = await store.queue.messageById(claims[0]!.facts.id);
      expect(view?.deliveries[0]?.history).toMatchObject([{ route: 'smart', source: 'b' }]);
      const other = await store.queue.messageById(claims[1]!.facts.id);
      expect(other?.deliveries[0]?.history?.[0]).not.toHaveProperty('route');
      const { total } = await store.statistics.statistics({
        accountIds: [],
        span: 'day',
        fromMs: nowMs - SPAN_MS.day,
        toMs: nowMs + SPAN_MS.day,
        of: undefined,
        group: undefined,
        limit: 0,
      });
      expect(total.counts).toMatchObject({ delivered: 2, relayed: 1 });
    });
  });
}
