import { describe, expect, it } from 'vitest';
import {
  DEFAULT_RETRY_SCHEDULE_MS,
  destinationBackoffMs,
  giveUpAtMs,
  isGivenUp,
  nextAttempt,
  type RetryFacts,
} from '../../../src/policy/retry.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function facts(changes: Partial<RetryFacts>): RetryFacts {
  return {
    attempts: 1,
    nowMs: 0,
    acceptedAtMs: 0,
    expiresAtMs: 4 * DAY,
    scheduleMs: DEFAULT_RETRY_SCHEDULE_MS,
    random: 0.5,
    ...changes,
  };
}

describe('the retry schedule', () => {
  it.each([
    [0, 1 * MINUTE],
    [1, 1 * MINUTE],
    [2, 5 * MINUTE],
    [3, 15 * MINUTE],
    [4, 30 * MINUTE],
    [5, 1 * HOUR],
    [6, 2 * HOUR],
    [7, 4 * HOUR],
    [8, 4 * HOUR],
    [30, 4 * HOUR],
  ])('waits after attempt %i for %i ms', (attempts, waitMs) => {
    expect(nextAttempt(facts({ attempts, nowMs: 1000 }))).toEqual({ kind: 'retry', atMs: 1000 + waitMs });
  });

  it('waits as long as the remote asks, and no shorter than the schedule', () => {
    const at = (leastWaitMs: number, random = 0) => nextAttempt(facts({ leastWaitMs, random }));
    expect(at(20 * MINUTE)).toEqual({ kind: 'retry', atMs: 20 * MINUTE });
    expect(at(20 * MINUTE, 0.5)).toEqual({ kind: 'retry', atMs: 21 * MINUTE });
    expect(at(1_000, 0.5)).toEqual({ kind: 'retry', atMs: MINUTE });
  });

  it('still makes a last attempt where the remote asks for more than is left', () => {
    const next = nextAttempt(facts({ leastWaitMs: 4 * HOUR, expiresAtMs: HOUR }));
    expect(next.kind === 'retry' ? next.atMs / HOUR : undefined).toBeCloseTo(0.9, 4);
  });

  it.each([
    [0, 0.9],
    [0.5, 1],
    [0.999999, 1.1],
  ])('shifts the wait by ten per cent: random %d gives %d of it', (random, share) => {
    const next = nextAttempt(facts({ attempts: 5, random }));
    expect(next.kind === 'retry' ? next.atMs / HOUR : undefined).toBeCloseTo(share, 4);
  });

  it('waits a minute when the schedule is empty', () => {
    expect(nextAttempt(facts({ scheduleMs: [] }))).toEqual({ kind: 'retry', atMs: MINUTE });
  });
});

describe('the end of the schedule', () => {
  it('places a last attempt before the expiry when the next wait would pass it', () => {
    const expiresAtMs = 5 * MINUTE;
    const next = nextAttempt(facts({ attempts: 2, nowMs: MINUTE, expiresAtMs }));
    expect(next).toEqual({ kind: 'retry', atMs: MINUTE + 0.9 * 4 * MINUTE });
  });

  it('is over when less than the first wait is left', () => {
    expect(nextAttempt(facts({ attempts: 3, nowMs: 4.5 * MINUTE, expiresAtMs: 5 * MINUTE }))).toEqual({
      kind: 'expired',
    });
    expect(nextAttempt(facts({ nowMs: 5 * DAY }))).toEqual({ kind: 'expired' });
  });

  it('comes at the earlier of max age and the message own expiry', () => {
    expect(giveUpAtMs({ acceptedAtMs: 10, maxAgeMs: 100, expiresAtMs: 50 })).toBe(50);
    expect(giveUpAtMs({ acceptedAtMs: 10, maxAgeMs: 100, expiresAtMs: 500 })).toBe(110);
    expect(giveUpAtMs({ acceptedAtMs: 10, maxAgeMs: 100, expiresAtMs: undefined })).toBe(110);
    expect(giveUpAtMs({ acceptedAtMs: 10, expiresAtMs: 500 })).toBe(500);
  });

  it('never lies past the expiry, ends, and moves forward, whatever the random float', () => {
    for (let seed = 0; seed < 50; seed++) {
      let nowMs = 0;
      let attempts = 1;
      for (; attempts < 200; attempts++) {
        const next = nextAttempt(
          facts({ attempts, nowMs, random: ((seed * 37 + attempts * 17) % 100) / 100 }),
        );
        if (next.kind === 'expired') break;
        expect(next.atMs).toBeGreaterThan(nowMs);
        expect(next.atMs).toBeLessThan(4 * DAY);
        nowMs = next.atMs;
      }
      expect(attempts).toBeLessThan(60);
      expect(nowMs).toBeGreaterThan(4 * DAY - 30 * MINUTE);
    }
  });

  it.each([
    ['before the expiry', { nowMs: 9, expiresAtMs: 10, attempts: 3 }, false],
    ['past the expiry of the sender, never tried', { nowMs: 10, expiresAtMs: 10, attempts: 0 }, true],
    ['past max age, tried', { nowMs: 100, expiresAtMs: undefined, maxAgeMs: 100, attempts: 1 }, true],
    ['past max age, never tried', { nowMs: 200, expiresAtMs: undefined, maxAgeMs: 100, attempts: 0 }, false],
    ['past an expiry that is max age', { nowMs: 200, expiresAtMs: 100, maxAgeMs: 100, attempts: 0 }, false],
    [
      'past an expiry that is max age, tried',
      { nowMs: 100, expiresAtMs: 100, maxAgeMs: 100, attempts: 1 },
      true,
    ],
    ['past max age, before the expiry', { nowMs: 150, expiresAtMs: 200, maxAgeMs: 100, attempts: 1 }, true],
    ['without any end', { nowMs: 200, expiresAtMs: undefined, attempts: 1 }, false],
  ])('gives up a due delivery or not: %s', (_name, given, expected) => {
    expect(isGivenUp({ acceptedAtMs: 0, ...given })).toBe(expected);
  });
});

describe('the back-off of a destination', () => {
  it.each([
    [0, 30],
    [1, 30],
    [2, 60],
    [3, 120],
    [4, 240],
    [5, 480],
    [6, 600],
    [1000, 600],
  ])('after %i failures in a row is at most %i seconds', (failures, seconds) => {
    expect(destinationBackoffMs(failures, 0)).toBe(seconds * 1000);
    const shortest = destinationBackoffMs(failures, 0.999999);
    expect(shortest).toBeGreaterThanOrEqual(seconds * 800);
    expect(shortest).toBeLessThan(seconds * 1000);
  });
});
