/** Tokens of windows: none has more than the limit says, whoever asks. */
import { describe, expect, test } from 'vitest';
import type { WindowLeaseRequest } from '../../../src/store/shaping.ts';
import { benchFor, type Engine } from './engine.ts';
import { HOUR_MS, MINUTE_MS } from './fixtures.ts';

const SECOND_MS = 1_000;

const ask = (
  nowMs: number,
  wanted: number,
  changes: Partial<WindowLeaseRequest> = {},
): WindowLeaseRequest => ({
  ...{ bucket: 'a minute', windowMs: MINUTE_MS, limit: 20, wanted, nowMs },
  ...changes,
});

export function describeWindows(engine: Engine): void {
  describe('windows of shaping', () => {
    const bench = benchFor(engine);

    test('give out what the limit says, and say when there is more', async () => {
      const { shaping } = await bench().open();
      const startMs = 1_000 * HOUR_MS;
      expect(await shaping.leaseWindow(ask(startMs, 15))).toEqual({
        granted: 15,
        endsAtMs: startMs + SECOND_MS,
        moreAtMs: undefined,
      });
      expect(await shaping.leaseWindow(ask(startMs + 30 * SECOND_MS, 15))).toMatchObject({
        granted: 5,
        moreAtMs: startMs + 61 * SECOND_MS,
      });
      expect(await shaping.leaseWindow(ask(startMs + 60 * SECOND_MS, 1))).toMatchObject({ granted: 0 });
      expect(await shaping.leaseWindow(ask(startMs + 61 * SECOND_MS, 20))).toMatchObject({ granted: 15 });
    });

    test('give out no more to many that ask at once', async () => {
      const { shaping } = await bench().open();
      const leases = await Promise.all(
        Array.from({ length: 30 }, (_one, i) => shaping.leaseWindow(ask(HOUR_MS + i, 3))),
      );
      expect(leases.reduce((sum, { granted }) => sum + granted, 0)).toBe(20);
    });

    test('outlast a restart, and clocks that are set back', async () => {
      const { open } = bench();
      const before = await open();
      await before.shaping.leaseWindow(ask(HOUR_MS, 12));
      await before.close();
      const { shaping } = await open();
      expect(await shaping.leaseWindow(ask(HOUR_MS + SECOND_MS, 20))).toMatchObject({ granted: 8 });
      expect(await shaping.leaseWindow(ask(HOUR_MS - 30 * SECOND_MS, 20))).toMatchObject({ granted: 0 });
    });

    test('a clock that was far ahead makes nobody wait for longer than another window', async () => {
      const { shaping } = await bench().open();
      await shaping.leaseWindow(ask(48 * HOUR_MS, 15));
      expect(await shaping.leaseWindow(ask(HOUR_MS, 20))).toMatchObject({ granted: 5 });
      expect(await shaping.leaseWindow(ask(HOUR_MS + 60 * SECOND_MS, 20))).toMatchObject({
        granted: 0,
        moreAtMs: HOUR_MS + 61 * SECOND_MS,
      });
      expect(await shaping.leaseWindow(ask(HOUR_MS + 61 * SECOND_MS, 30))).toMatchObject({ granted: 20 });
    });

    test('take back what was not used, in its slot alone', async () => {
      const { shaping } = await bench().open();
      const { endsAtMs } = await shaping.leaseWindow(ask(HOUR_MS, 20));
      await shaping.returnTokens([{ bucket: 'a minute', windowMs: MINUTE_MS, endsAtMs, count: 6 }]);
      expect(await shaping.leaseWindow(ask(HOUR_MS + 2 * SECOND_MS, 20))).toMatchObject({ granted: 6 });
      await shaping.returnTokens([{ bucket: 'a minute', windowMs: MINUTE_MS, endsAtMs, count: 100 }]);
      expect(await shaping.leaseWindow(ask(HOUR_MS + 3 * SECOND_MS, 20))).toMatchObject({ granted: 14 });
    });

    test('count each bucket and length apart', async () => {
      const { shaping } = await bench().open();
      for (const changes of [{}, { bucket: 'b' }, { bucket: 'an hour', windowMs: HOUR_MS }])
        expect(await shaping.leaseWindow(ask(HOUR_MS, 20, changes))).toMatchObject({ granted: 20 });
    });
  });
}
