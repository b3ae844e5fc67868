import { expect, it } from 'vitest';
import { longestAgeMs, scheduleOf } from '../../../src/policy/shaping/schedule.ts';
import type { ShapingLimits, ShapingRule } from '../../../src/policy/shaping/shaping-rules.ts';

const USUAL = { retryScheduleMs: [60_000], maxAgeMs: 1_000 };

function rule(limits: ShapingLimits): ShapingRule {
  const match = { domains: [], mx: [], providers: [], accounts: [], streams: [], sources: [] };
  return { name: 'one', match, per: [], limits };
}

it('without a rule that says anything of it the schedule is the configured one', () => {
  expect(scheduleOf([], USUAL)).toBe(USUAL);
  expect(scheduleOf([rule({ connections: 3 })], USUAL)).toEqual(USUAL);
});

it('each of schedule and age comes from the first rule that has it', () => {
  const rules = [
    rule({ maxAgeMs: 5 }),
    rule({ maxAgeMs: 6, retryScheduleMs: [7, 8] }),
    rule({ retryScheduleMs: [9] }),
  ];
  expect(scheduleOf(rules, USUAL)).toEqual({ retryScheduleMs: [7, 8], maxAgeMs: 5 });
});

it('an age that is lifted is the configured one', () => {
  expect(scheduleOf([rule({ maxAgeMs: Infinity }), rule({ maxAgeMs: 6 })], USUAL).maxAgeMs).toBe(1_000);
});

it('a message is kept for the longest that any rule could give one of its deliveries', () => {
  expect(
    longestAgeMs([rule({ maxAgeMs: 5 }), rule({ maxAgeMs: 9_000 }), rule({ maxAgeMs: Infinity })], 1_000),
  ).toBe(9_000);
  expect(longestAgeMs([rule({ maxAgeMs: 5 })], 1_000)).toBe(1_000);
});
