/**
 * Since when a check is as it is: a result keeps its time for as long as it says the same, well or not. A look that learnt
 * nothing leaves what was known, and what was not looked at stays as it was.
 */
import { CHECK_NAMES, type CheckResult } from './registry.ts';

export interface TimedResult extends CheckResult {
  /** When it was first seen so, by the wall clock; `undefined`: nobody has looked before. */
  readonly sinceMs: number | undefined;
}

export function timed(
  before: readonly TimedResult[],
  results: readonly CheckResult[],
  nowMs: number,
): readonly TimedResult[] {
  const looked = results.map((result): TimedResult => {
    const earlier = before.find(({ name }) => name === result.name);
    if (result.unknown === true && earlier !== undefined && earlier.unknown !== true) return earlier;
    return { ...result, sinceMs: earlier?.ok === result.ok ? earlier.sinceMs : nowMs };
  });
  return CHECK_NAMES.flatMap(
    (wanted) =>
      looked.find(({ name }) => name === wanted) ?? before.find(({ name }) => name === wanted) ?? [],
  );
}

/** Results that have turned, well or ill, since `before`. What is well at the first look is no news. */
export function turned(
  before: readonly TimedResult[],
  after: readonly TimedResult[],
): readonly TimedResult[] {
  return after.filter(({ name, ok }) => ok !== (before.find((one) => one.name === name)?.ok ?? true));
}
