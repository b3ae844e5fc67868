/** What nodes share of the sources that mail leaves from: the tokens of a day, and limits. */
import { describe, expect, test } from 'vitest';
import type { SourceLeaseRequest } from '../../../src/store/egress.ts';
import { benchFor, type Engine } from './engine.ts';

const HOUR_MS = 3_600_000;
const AGES = { contentMs: 1, metadataMs: 1, eventsMs: 1_000_000 };
const KEY = { source: 'new', provider: 'google', day: 20_000 };

function request(facts: Partial<SourceLeaseRequest> = {}): SourceLeaseRequest {
  return { ...KEY, step: 1, ceiling: 100, reason: 'planned', wanted: 40, ...facts };
}

export function describeEgress(engine: Engine): void {
  describe('days of a source in warm-up', () => {
    const bench = benchFor(engine);

    test('give out as many tokens as the ceiling says, and no more', async () => {
      const { egress } = await bench().open();
      expect(await egress.leaseSource(request())).toEqual({ granted: 40, ceiling: 100, reserved: 40 });
      expect(await egress.leaseSource(request())).toMatchObject({ granted: 40, reserved: 80 });
      expect(await egress.leaseSource(request())).toMatchObject({ granted: 20, reserved: 100 });
      expect(await egress.leaseSource(request())).toEqual({ granted: 0, ceiling: 100, reserved: 100 });
      expect(await egress.leaseSource(request({ day: 20_001 }))).toMatchObject({ granted: 40 });
      expect(await egress.leaseSource(request({ provider: 'other' }))).toMatchObject({ granted: 40 });
      expect(await egress.leaseSource(request({ source: 'second' }))).toMatchObject({ granted: 40 });
    });

    test('give out no more to many who ask at once', async () => {
      const { egress } = await bench().open();
      const leases = await Promise.all(
        Array.from({ length: 30 }, () => egress.leaseSource(request({ wanted: 7 }))),
      );
      expect(leases.reduce((sum, { granted }) => sum + granted, 0)).toBe(100);
    });

    test('keep what was given out over a restart: who ended without a word has used it', async () => {
      const { open } = bench();
      const before = await open();
      await before.egress.leaseSource(request({ wanted: 90 }));
      await before.close();
      const after = await open();
      expect(await after.egress.leaseSource(request({ wanted: 90 }))).toMatchObject({ granted: 10 });
    });

    test('keep the ceiling that was set first; it may fall, to what was given out at most, and never rises', async () => {
      const { egress } = await bench().open();
      await egress.leaseSource(request({ wanted: 30 }));
      expect(await egress.leaseSource(request({ ceiling: 5_000, wanted: 200 }))).toMatchObject({
        granted: 70,
        ceiling: 100,
      });
      const other = request({ provider: 'other', wanted: 30 });
      await egress.leaseSource(other);
      expect(await egress.leaseSource({ ...other, ceiling: 10, reason: 'turned-away' })).toEqual({
        granted: 0,
        ceiling: 30,
        reserved: 30,
      });
      const days = await egress.sourceDays({ source: 'new', sinceDay: 0 });
      expect(days.map(({ ceiling, reason }) => [ceiling, reason])).toEqual([
        [100, 'planned'],
        [30, 'turned-away'],
      ]);
    });

    test('count what was handed over and turned away, and take back what was not used', async () => {
      const { egress } = await bench().open();
      await egress.leaseSource(request({ wanted: 100 }));
      await egress.countSources([
        { ...KEY, handedOver: 30, turnedAway: 4, returned: 0 },
        { ...KEY, handedOver: 5, turnedAway: 0, returned: 60 },
        { ...KEY, day: 1, handedOver: 5, turnedAway: 0, returned: 0 },
      ]);
      expect(await egress.sourceDays({ source: undefined, sinceDay: 0 })).toEqual([
        {
          ...{ ...KEY, step: 1, ceiling: 100, reason: 'planned', reserved: 40 },
          ...{ handedOver: 35, turnedAway: 4, complained: 0 },
        },
      ]);
      expect(await egress.leaseSource(request({ wanted: 100 }))).toMatchObject({ granted: 60 });
    });

    test('count a complaint with the newest day up to its own', async () => {
      const { egress } = await bench().open();
      for (const day of [20_000, 20_001, 20_005]) await egress.leaseSource(request({ day }));
      await egress.countComplaint({ ...KEY, day: 20_003 });
      await egress.countComplaint({ ...KEY, day: 19_000 });
      const days = await egress.sourceDays({ source: undefined, sinceDay: 0 });
      expect(days.map(({ complained }) => complained)).toEqual([0, 1, 0]);
    });

    test('are shown by source and from a day on', async () => {
      const { egress } = await bench().open();
      for (const source of ['b', 'a'])
        for (const day of [20_001, 20_000]) await egress.leaseSource(request({ source, day }));
      const shown = (await egress.sourceDays({ source: undefined, sinceDay: 0 })).map(
        ({ source, day }) => `${source} ${day}`,
      );
      expect(shown).toEqual(['a 20000', 'a 20001', 'b 20000', 'b 20001']);
      expect(await egress.sourceDays({ source: 'b', sinceDay: 20_001 })).toMatchObject([
        { source: 'b', day: 20_001 },
      ]);
    });

    test('are removed after a year, but for the newest, which says how far the warm-up has come', async () => {
      const { egress, retention } = await bench().open();
      for (const day of [20_000, 20_001]) await egress.leaseSource(request({ day }));
      for (const day of [20_000, 20_500]) await egress.leaseSource(request({ day, source: 'second' }));
      await retention.clean(20_600 * 24 * HOUR_MS, AGES);
      const days = await egress.sourceDays({ source: undefined, sinceDay: 0 });
      expect(days.map(({ source, day }) => [source, day])).toEqual([
        ['new', 20_001],
        ['second', 20_500],
      ]);
    });
  });

  describe('limits of a source', () => {
    const bench = benchFor(engine);
    const refusal = { source: 'a', provider: 'google', class: 'reputation', reply: '550 5.7.1 no' } as const;

    test('last an hour, with an event of the server, and are read back after a restart', async () => {
      const { open } = bench();
      const before = await open();
      const limit = { ...refusal, atMs: 1_000, untilMs: 1_000 + HOUR_MS, times: 1 };
      expect(await before.egress.limitSource({ ...refusal, atMs: 1_000 })).toEqual({ limit, isNew: true });
      await before.close();
      const after = await open();
      expect(await after.egress.sourceLimits()).toEqual([limit]);
      expect(await after.findings.serverEvents({ after: 0, limit: 10 })).toEqual([
        {
          ...{ sequence: 1, type: 'source_limited', atMs: 1_000 },
          data: {
            ...{ source: 'a', provider: 'google', reply: '550 5.7.1 no', class: 'reputation', times: 1 },
            until: '1970-01-01T01:00:01.000Z',
          },
        },
      ]);
    });

    test('are set and said once, however many nodes are refused', async () => {
      const { egress, findings } = await bench().open();
      const all = await Promise.all(
        [1_000, 1_001, 1_002, 1_003].map((atMs) => egress.limitSource({ ...refusal, atMs })),
      );
      expect(all.filter(({ isNew }) => isNew).length).toBe(1);
      expect(new Set(all.map(({ limit }) => limit.untilMs)).size).toBe(1);
      expect(await findings.lastServerEvent()).toBe(1);
    });

    test('are longer when they come again, until mail was taken in between', async () => {
      const { egress } = await bench().open();
      const first = await egress.limitSource({ ...refusal, atMs: 0 });
      const second = await egress.limitSource({ ...refusal, atMs: first.limit.untilMs });
      expect(second.limit).toMatchObject({ times: 2, untilMs: 3 * HOUR_MS });
      // One that is in force stays.
      await egress.forgetSourceLimit('a', 'google', 2 * HOUR_MS);
      expect((await egress.sourceLimits()).length).toBe(1);
      await egress.forgetSourceLimit('a', 'google', 3 * HOUR_MS);
      expect(await egress.sourceLimits()).toEqual([]);
      expect((await egress.limitSource({ ...refusal, atMs: 4 * HOUR_MS })).limit.times).toBe(1);
    });

    test('are apart by source and provider', async () => {
      const { egress } = await bench().open();
      await egress.limitSource({ ...refusal, atMs: 5 });
      expect(await egress.limitSource({ ...refusal, source: 'b', atMs: 6 })).toMatchObject({ isNew: true });
      expect(await egress.limitSource({ ...refusal, provider: 'mx.example', atMs: 7 })).toMatchObject({
        isNew: true,
      });
      expect((await egress.sourceLimits()).map(({ source, provider }) => [source, provider])).toEqual([
        ['a', 'google'],
        ['a', 'mx.example'],
        ['b', 'google'],
      ]);
    });

    test('are forgotten a month after they are over', async () => {
      const { egress, retention } = await bench().open();
      await egress.limitSource({ ...refusal, atMs: 0 });
      await retention.clean(30 * 24 * HOUR_MS, AGES);
      expect((await egress.sourceLimits()).length).toBe(1);
      await retention.clean(30 * 24 * HOUR_MS + 2 * HOUR_MS, AGES);
      expect(await egress.sourceLimits()).toEqual([]);
    });
  });
}
