/** When the surroundings are looked at again. */
import { expect, test } from 'vitest';
import { domainsDue, EVERY_MS, inTurns, isDue } from '../../../src/policy/look-schedule.ts';

const NOW = Date.UTC(2026, 10, 30);
const HOUR = 3_600_000;

test('what was never looked at is due, and then every so often', () => {
  expect(isDue(undefined, EVERY_MS.lists, NOW)).toBe(true);
  expect(isDue(NOW, EVERY_MS.lists, NOW + 6 * HOUR - 1)).toBe(false);
  expect(isDue(NOW, EVERY_MS.lists, NOW + 6 * HOUR)).toBe(true);
});

test('a clock that was set back puts no look off', () => {
  expect(isDue(NOW + HOUR, EVERY_MS.around, NOW)).toBe(true);
});

test('a domain is due after a day, after an hour while something is wrong, and some at a time', () => {
  const domain = (id: string, hoursAgo: number | undefined, troubled = false) => ({
    id,
    lookedAtMs: hoursAgo === undefined ? undefined : NOW - hoursAgo * HOUR,
    troubled,
  });
  const domains = [
    domain('well', 23),
    domain('due', 24),
    domain('wrong', 1, true),
    domain('wrong and fresh', 0.5, true),
    domain('longer', 30),
    domain('new', undefined),
  ];
  expect(domainsDue(domains, NOW, 9).map(({ id }) => id)).toEqual(['new', 'longer', 'due', 'wrong']);
  expect(domainsDue(domains, NOW, 2).map(({ id }) => id)).toEqual(['new', 'longer']);
});

test('where time may not suffice accounts take turns, however many domains one of them has', () => {
  const domain = (accountId: string, lookedAtMs: number | undefined) => ({ accountId, lookedAtMs });
  const domains = [
    ...[domain('many', undefined), domain('many', undefined), domain('many', 1), domain('many', 2)],
    ...[domain('one', 9), domain('two', 4), domain('two', 3)],
  ];
  expect(inTurns(domains)).toEqual([
    ...[domain('many', undefined), domain('two', 3), domain('one', 9)],
    ...[domain('many', undefined), domain('two', 4), domain('many', 1), domain('many', 2)],
  ]);
});
