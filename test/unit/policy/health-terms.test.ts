/** An account's own limits of sending health beside those that are configured. */
import { expect, test } from 'vitest';
import {
  compactHealthTerms,
  HEALTH_TERMS,
  healthLimitsFor,
  unorderedThresholds,
} from '../../../src/policy/health-terms.ts';

const CONFIGURED = {
  rules: {
    leastMessages: 1_000,
    warn: { bounces: 0.04, complaints: 0.001 },
    throttle: { bounces: undefined, complaints: undefined },
    hold: { bounces: 0.1, complaints: 0.005 },
  },
  throttlePerMinute: 60,
};

test('what an account names is its own, what it does not is as configured, and null is never', () => {
  expect(healthLimitsFor(CONFIGURED, undefined)).toBe(CONFIGURED);
  expect(healthLimitsFor(CONFIGURED, {})).toEqual(CONFIGURED);
  const terms = {
    ...{ least_messages: 50, throttle_per_minute: 5 },
    ...{ warn_complaints: null, throttle_bounces: 0.08, hold_bounces: 0.2 },
  };
  expect(healthLimitsFor(CONFIGURED, terms)).toEqual({
    rules: {
      leastMessages: 50,
      warn: { bounces: 0.04, complaints: undefined },
      throttle: { bounces: 0.08, complaints: undefined },
      hold: { bounces: 0.2, complaints: 0.005 },
    },
    throttlePerMinute: 5,
  });
});

test('a stricter level that would begin below a milder one is found, also across one that is off', () => {
  const unordered = (terms: object) => unorderedThresholds(healthLimitsFor(CONFIGURED, terms).rules);
  expect(unordered({})).toEqual([]);
  expect(unordered({ hold_bounces: 0.03 })).toEqual([{ name: 'hold_bounces', milder: 'warn_bounces' }]);
  expect(unordered({ warn_bounces: null, hold_bounces: 0.03 })).toEqual([]);
  expect(unordered({ throttle_complaints: 0.006 })).toEqual([
    { name: 'hold_complaints', milder: 'throttle_complaints' },
  ]);
});

test('terms are kept in one order, and without those that were taken away', () => {
  expect(compactHealthTerms({ hold_bounces: undefined })).toBeUndefined();
  const all = Object.fromEntries([...HEALTH_TERMS].reverse().map((name) => [name, 1]));
  expect(Object.keys(compactHealthTerms({ ...all, warn_bounces: null }) ?? {})).toEqual([...HEALTH_TERMS]);
  expect(compactHealthTerms({ warn_bounces: null })).toEqual({ warn_bounces: null });
});
