/** Statistics of the dashboard: which range is asked for, what a chart draws, what a CSV file has. */
import { expect, test } from 'vitest';
import type { Figures } from '../../src/ui/api/answers.ts';
import {
  chartLine,
  COUNTS,
  daysOf,
  figureRecords,
  rangeOf,
  secondsOf,
} from '../../src/ui/pure/statistics.ts';

const NOW = Date.parse('2026-11-24T06:12:31Z');

const FIGURES: Figures = {
  ...{ accepted: 10, delivered: 8, delivered_at_first_attempt: 7, relayed: 0, deferred: 3 },
  ...{ bounced: 2, bounced_hard: 1, bounced_soft: 1, bounced_after_delivery: 0, expired: 0 },
  ...{ suppressed: 0, complained: 1, unsubscribed: 0, cancelled: 0, opened: 0, clicked: 0 },
  ...{ delivery_rate: 0.8, bounce_rate: 0.2, hard_bounce_rate: 0.1, complaint_rate: 0.125 },
  ...{ first_attempt_rate: 0.7, time_to_deliver_ms: { p50: 840, p90: 4_000, p99: 62_000 } },
};
const NONE: Figures = { ...FIGURES, delivered: 0, delivery_rate: null, time_to_deliver_ms: null };

test('a range of days ends now, and counts today', () => {
  expect(rangeOf('day', {}, NOW)).toEqual({ from: '2026-10-26', to: undefined });
  expect(rangeOf('day', { days: '7' }, NOW)).toEqual({ from: '2026-11-18', to: undefined });
  expect(rangeOf('hour', {}, NOW)).toEqual({ from: '2026-11-23T07:00:00Z', to: undefined });
  expect(rangeOf('hour', { days: '31' }, NOW)).toEqual({ from: '2026-10-24T07:00:00Z', to: undefined });
});

test('days of a reader are both within the range; what is no day is left to the API', () => {
  expect(rangeOf('day', { from: '2026-11-01', to: '2026-11-30' }, NOW)).toEqual({
    from: '2026-11-01',
    to: '2026-12-01',
  });
  expect(rangeOf('hour', { to: '2026-12-31' }, NOW)).toEqual({ from: undefined, to: '2027-01-01' });
  expect(rangeOf('day', { from: 'x', to: 'y', days: '7' }, NOW)).toEqual({ from: 'x', to: 'y' });
});

test('another number of days than those offered is the usual one', () => {
  expect(daysOf('day', '90')).toBe(90);
  // Ninety days by the hour are more than the API gives.
  expect(daysOf('hour', '90')).toBe(1);
  expect(daysOf('day', '-1')).toBe(30);
});

test('a line has a value for each period, and a gap where there was nothing to divide by', () => {
  expect(chartLine('delivery_rate', 'Rate', [FIGURES, NONE], FIGURES)).toMatchObject({
    label: 'Rate',
    values: [0.8, null],
    total: 0.8,
  });
  expect(chartLine('p90', '90 %', [NONE, FIGURES], NONE)).toMatchObject({
    values: [null, 4_000],
    total: null,
  });
  expect(chartLine('delivered', 'D', [NONE, FIGURES], FIGURES).values).toEqual([0, 8]);
  expect(secondsOf([{ at: '1970-01-02T00:00:00.000Z' }])).toEqual([86_400]);
});

test('a CSV file has a header, and a record of the same length for each row', () => {
  const [header, first, second] = figureRecords('tag', [
    { key: '=orders', ...FIGURES },
    { key: 'none', ...NONE },
  ]);
  expect(header?.slice(0, 3)).toEqual(['tag', 'accepted', 'delivered']);
  expect(header?.slice(-3)).toEqual([
    'time_to_deliver_p50_ms',
    'time_to_deliver_p90_ms',
    'time_to_deliver_p99_ms',
  ]);
  expect(first).toHaveLength(1 + COUNTS.length + 6);
  expect(first?.slice(0, 3)).toEqual(['=orders', 10, 8]);
  expect(second?.slice(-6)).toEqual([null, 0.2, 0.125, null, null, null]);
});
