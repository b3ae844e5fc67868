import { expect, test } from 'vitest';
import { LooksAhead } from '../../../src/delivery/shaping/looks-ahead.ts';

const MINUTE_MS = 60_000;

test('a few are looked at again within ten minutes', () => {
  const looks = new LooksAhead();
  for (let count = 0; count < 6_000; count++) expect(looks.next(count)).toBe(10 * MINUTE_MS);
});

test('of a hundred thousand some ten a second come back, and none later than a day and an hour', () => {
  const looks = new LooksAhead();
  const waits = Array.from({ length: 100_000 }, () => looks.next(0));
  const within = (ms: number) => waits.filter((wait) => wait <= ms).length;
  expect(within(20 * MINUTE_MS)).toBe(12_000);
  expect(waits.at(-1)).toBe(10_000_000);
  for (let count = 0; count < 1_000_000; count++) looks.next(1);
  expect(looks.next(1)).toBe(25 * 60 * MINUTE_MS);
});

test('what was many ten minutes ago still counts, and is forgotten later', () => {
  const looks = new LooksAhead();
  for (let count = 0; count < 60_000; count++) looks.next(0);
  expect(looks.next(10 * MINUTE_MS)).toBe(6_000_000);
  expect(looks.next(60 * MINUTE_MS)).toBe(10 * MINUTE_MS);
});
