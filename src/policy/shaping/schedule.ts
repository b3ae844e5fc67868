/**
 * When a delivery is tried again and how long, by the rules of shaping that match it. Pure. A rule that matches the domain of one
 * recipient says nothing of the others of the message: each delivery has its own answer, found when it is tried; what is
 * stored with the message is the longest time that any of its deliveries could have.
 */
import type { ShapingRule } from './shaping-rules.ts';

export interface Schedule {
  /** Waits after the first, second, ... attempt; the last repeats. */
  readonly retryScheduleMs: readonly number[];
  readonly maxAgeMs: number;
}

/** `rules`: those that match, in their order. `usual`: as configured, for what none of them says. */
export function scheduleOf(rules: readonly ShapingRule[], usual: Schedule): Schedule {
  if (rules.length === 0) return usual;
  const schedule = rules.find(({ limits }) => limits.retryScheduleMs !== undefined)?.limits.retryScheduleMs;
  const age = rules.find(({ limits }) => limits.maxAgeMs !== undefined)?.limits.maxAgeMs;
  return {
    retryScheduleMs: schedule ?? usual.retryScheduleMs,
    // "off": the rule lifts another, not the configuration.
    maxAgeMs: age === undefined || age === Infinity ? usual.maxAgeMs : age,
  };
}

/** How long any delivery may be tried, whichever of `rules` turns out to match it. */
export function longestAgeMs(rules: readonly ShapingRule[], usualMs: number): number {
  let longestMs = usualMs;
  for (const { limits } of rules)
    if (limits.maxAgeMs !== undefined && limits.maxAgeMs !== Infinity)
      longestMs = Math.max(longestMs, limits.maxAgeMs);
  return longestMs;
}
