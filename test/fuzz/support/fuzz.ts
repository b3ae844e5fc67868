/**
 * Properties that hold for whatever is thrown at them: fast-check from a committed seed, so that a run finds tomorrow what
 * it found today. `FUZZ_TIMES=100` runs each property a hundred times as often, for a long hunt, and `FUZZ_SEED=7` looks
 * elsewhere. A failure prints the smallest input that shows it: put it among the property's examples.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';

export interface Plan<T> {
  readonly seed: number;
  /** On an ordinary day. */
  readonly runs: number;
  /** What was found before, and what is known to hurt: tried first, always. */
  readonly examples?: readonly T[];
  /** Least share of the runs that must get past the door: a property that everything is turned away from says nothing. */
  readonly through?: number;
}

const TIMES = Number(process.env['FUZZ_TIMES'] ?? '1');
const OTHER_SEED = process.env['FUZZ_SEED'];
/** On a machine that is busy with other things as well. */
const TIMEOUT_MS = 180_000;
/** More than any test here needs to shrink what it found. */
const SHRINKING_MS = 30_000;

/** A test: `check` passes for every value of `given`; it gives false for one that was turned away at the door. */
export function itHolds<T>(
  name: string,
  { seed, runs, examples = [], through = 0 }: Plan<T>,
  given: fc.Arbitrary<T>,
  check: (value: T) => unknown,
): void {
  const numRuns = Math.ceil(runs * TIMES) + examples.length;
  it(name, { timeout: TIMEOUT_MS * Math.max(1, TIMES) }, async () => {
    const started = performance.now();
    let passed = 0;
    await fc.assert(
      fc.asyncProperty(given, async (value) => {
        if ((await check(value)) !== false) passed++;
      }),
      {
        seed: OTHER_SEED === undefined ? seed : Number(OTHER_SEED),
        numRuns,
        examples: examples.map((example): [T] => [example]),
        interruptAfterTimeLimit: (TIMEOUT_MS - SHRINKING_MS) * Math.max(1, TIMES),
        // Stopped by the clock it has passed only what it tried: that has to be seen.
        markInterruptAsFailure: true,
      },
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (process.env['FUZZ_TIMES'] !== undefined)
      console.log(`${numRuns} runs, ${passed} past the door, in ${seconds} s: ${name}`);
    expect(passed / numRuns).toBeGreaterThanOrEqual(through);
  });
}
