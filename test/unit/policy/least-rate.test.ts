/** Slow lines pass, what hardly moves does not, and holding more asks for more. */
import { expect, test } from 'vitest';
import { leastBytes, longestArrivalMs } from '../../../src/policy/least-rate.ts';

const MIB = 1024 * 1024;

test('1 KiB a second, and more for what is held, up to 16', () => {
  expect(leastBytes(0, 20_000)).toBe(20 * 1024);
  expect(leastBytes(4 * MIB, 20_000)).toBe(100 * 1024);
  expect(leastBytes(500 * MIB, 1_000)).toBe(16 * 1024);
});

test('the largest default message has time at 50 KB a second, a small request a minute or so', () => {
  const limit = 26 * MIB;
  expect(longestArrivalMs(limit)).toBeGreaterThan((limit / 50_000) * 1_000);
  expect(leastBytes(limit, 1_000)).toBeLessThan(50_000);
  expect(longestArrivalMs(64 * 1024)).toBeLessThan(65_000);
});
