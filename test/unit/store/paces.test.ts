import { describe, expect, test } from 'vitest';
import { LONGEST_PACE_MS, Paces } from '../../../src/store/sql/statistics/paces.ts';

const MINUTE_MS = 60_000;

describe('the pace of what is throttled', () => {
  const taker = (paces: Paces, undone: (() => void)[] = []) => {
    return (deliveries = 1, nowMs = 0) =>
      paces.take('a', 60, deliveries, nowMs, (step) => void undone.push(step));
  };

  test('is even, and begins anew after a pause', () => {
    const take = taker(new Paces());
    expect([take(), take(), take(3), take()]).toEqual([0, 1_000, 2_000, 5_000]);
    expect(take(1, MINUTE_MS)).toBe(MINUTE_MS);
  });

  test('is shared by the nodes: together they send no more, but for a first one each', () => {
    for (const nodes of [1, 2, 3, 7]) {
      const fleet = Array.from({ length: nodes }, () => taker(new Paces(() => nodes)));
      const dues = fleet.flatMap((take) => Array.from({ length: 200 }, () => take()));
      const inFirstMinutes = dues.filter((dueAtMs) => dueAtMs < 2 * MINUTE_MS).length;
      expect(inFirstMinutes).toBeGreaterThanOrEqual(120);
      expect(inFirstMinutes).toBeLessThanOrEqual(120 + nodes - 1);
    }
  });

  test('follows the number of nodes as they come and go', () => {
    let nodes = 1;
    const take = taker(new Paces(() => nodes));
    expect([take(), take()]).toEqual([0, 1_000]);
    nodes = 3;
    expect([take(), take()]).toEqual([2_000, 5_000]);
    nodes = 1;
    expect([take(), take()]).toEqual([8_000, 9_000]);
  });

  test('places are given back, whoever took others behind them', () => {
    const undone: (() => void)[] = [];
    const paces = new Paces();
    const take = taker(paces, undone);
    take(2);
    take();
    undone[0]?.();
    expect(take()).toBe(1_000);
  });

  test('takes no place that is never used', () => {
    const take = taker(new Paces());
    const tooMany = (2 * LONGEST_PACE_MS) / 1_000;
    expect(take(tooMany)).toBe(0);
    expect([take(), take()]).toEqual([2 * LONGEST_PACE_MS, 2 * LONGEST_PACE_MS]);
  });
});
