import { describe, expect, test } from 'vitest';
import {
  nextOrder,
  orderAtMs,
  ORDERS_OF_ALL,
  ORDERS_OF_NAME,
  type NameFacts,
} from '../../../src/policy/certificate-renewal.ts';

const NOW = Date.UTC(2026, 10, 24);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const GOOD: NameFacts = {
  name: 'mail.example.org',
  certificate: { notBeforeMs: NOW - 30 * DAY, notAfterMs: NOW + 60 * DAY },
  jitter: 0,
  failures: 0,
  failedAtMs: undefined,
  retryAtMs: undefined,
  orderedAtMs: [],
  asked: false,
};
const MISSING: NameFacts = { ...GOOD, certificate: undefined };

test('a certificate is renewed at two thirds of its life, spread over a fiftieth of it', () => {
  expect(orderAtMs(GOOD, NOW)).toBe(NOW + 30 * DAY);
  expect(orderAtMs({ ...GOOD, jitter: 0.5 }, NOW)).toBe(NOW + 30 * DAY + 0.9 * DAY);
  const short = { notBeforeMs: NOW, notAfterMs: NOW + 6 * DAY };
  expect(orderAtMs({ ...GOOD, certificate: short }, NOW)).toBe(NOW + 4 * DAY);
});

test('where there is none the order is due at once, and so it is when the operator asks', () => {
  expect(orderAtMs(MISSING, NOW)).toBeLessThanOrEqual(NOW);
  expect(orderAtMs({ ...GOOD, asked: true }, NOW)).toBeLessThanOrEqual(NOW);
});

test.each([
  [1, 15 * MINUTE],
  [2, HOUR],
  [3, 4 * HOUR],
  [4, 12 * HOUR],
  [5, DAY],
  [50, DAY],
])('after %i failures in a row it waits %i ms', (failures, waitMs) => {
  expect(orderAtMs({ ...MISSING, failures, failedAtMs: NOW - MINUTE }, NOW)).toBe(NOW - MINUTE + waitMs);
});

test('a failure does not bring a renewal forward', () => {
  expect(orderAtMs({ ...GOOD, failures: 1, failedAtMs: NOW }, NOW)).toBe(NOW + 30 * DAY);
});

test('the operator overrules the back-off, and not what the authority asked for', () => {
  const failed = { ...MISSING, failures: 3, failedAtMs: NOW, asked: true };
  expect(orderAtMs(failed, NOW)).toBeLessThanOrEqual(NOW);
  expect(orderAtMs({ ...failed, retryAtMs: NOW + 2 * DAY }, NOW)).toBe(NOW + 2 * DAY);
});

test('orders of a name are limited an hour, also those that the operator asks for', () => {
  const orderedAtMs = Array.from({ length: ORDERS_OF_NAME }, (_, index) => NOW - (50 - index) * MINUTE);
  expect(orderAtMs({ ...MISSING, orderedAtMs, asked: true }, NOW)).toBe(NOW + 10 * MINUTE);
  expect(orderAtMs({ ...MISSING, orderedAtMs: orderedAtMs.slice(1) }, NOW)).toBeLessThanOrEqual(NOW);
  expect(orderAtMs({ ...MISSING, orderedAtMs }, NOW + 10 * MINUTE)).toBeLessThanOrEqual(NOW + 10 * MINUTE);
});

test('orders of all names together are limited an hour', () => {
  const names = Array.from({ length: ORDERS_OF_ALL }, (_, index) => ({
    ...GOOD,
    name: `n${index}.example.org`,
    orderedAtMs: [NOW - 30 * MINUTE],
  }));
  const next = nextOrder([...names, { ...MISSING, name: 'new.example.org' }], NOW);
  expect(next).toEqual({ name: 'new.example.org', atMs: NOW + 30 * MINUTE });
});

describe('a wait comes to its end', () => {
  /** Looked at every quarter of an hour; `undefined`: not within ten days. */
  const waitsFor = (facts: NameFacts): number | undefined => {
    for (let nowMs = NOW; nowMs <= NOW + 10 * DAY; nowMs += 15 * MINUTE)
      if (orderAtMs(facts, nowMs) <= nowMs) return nowMs - NOW;
    return undefined;
  };
  const failed = (atMs: number): NameFacts => ({
    ...MISSING,
    failures: 1,
    failedAtMs: atMs,
    orderedAtMs: [atMs, atMs, atMs, atMs],
  });
  const FUTURE = NOW + 3650 * DAY;

  test('after a week, however long the authority has asked for', () => {
    expect(waitsFor({ ...failed(NOW), retryAtMs: FUTURE })).toBe(7 * DAY);
    expect(waitsFor({ ...failed(NOW), retryAtMs: NOW + 2 * DAY })).toBe(2 * DAY);
    expect(waitsFor({ ...failed(NOW), retryAtMs: FUTURE, asked: true })).toBe(7 * DAY);
  });

  test('at once where it began while the clock was years ahead', () => {
    expect(waitsFor(failed(FUTURE))).toBe(0);
    expect(waitsFor({ ...failed(FUTURE), failures: 50 })).toBe(0);
    expect(waitsFor({ ...failed(FUTURE), retryAtMs: FUTURE + DAY })).toBe(0);
  });

  test('when it was to end where the clock was set back by minutes', () => {
    expect(waitsFor({ ...failed(NOW + 30 * MINUTE), orderedAtMs: [] })).toBe(45 * MINUTE);
  });
});

test('the earliest of the names comes first', () => {
  const later = { ...MISSING, name: 'b.example.org', failures: 1, failedAtMs: NOW };
  expect(nextOrder([GOOD, later], NOW)).toEqual({ name: 'b.example.org', atMs: NOW + 15 * MINUTE });
  expect(nextOrder([], NOW)).toBeUndefined();
});
