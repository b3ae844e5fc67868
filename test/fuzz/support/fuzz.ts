/**
 * Properties that hold for whatever is thrown at them: fast-check from a committed seed, so that a run finds tomorrow what
 * it found today. `FUZZ_TIMES=100` runs each property a hundred times as often, for a long hunt, and `FUZZ_SEED=7` looks
 * elsewhere. A failure prints the smallest input that shows it: put it among the property's examples.
 */
import fc from 'fast-check';
import { it } from 'vitest';

export interface Plan<T> {
  readonly seed: number;
  /** On an ordinary day. */
  readonly runs: number;
  /** What was found before, and what is known to hurt: tried first, always. */
  readonly examples?: readonly T[];
}

const TIMES = Number(process.env['FUZZ_TIMES'] ?? '1');
const OTHER_SEED = process.env['FUZZ_SEED'];
const TIMEOUT_MS = 60_000;
/** More than any test here needs to shrink what it found. */
const SHRINKING_MS = 20_000;

/** A test: `check` passes for every value of `given`. */
export function itHolds<T>(
  name: string,
  { seed, runs, examples = [] }: Plan<T>,
  given: fc.Arbitrary<T>,
  check: (value: T) => void | Promise<void>,
): void {
  const numRuns = Math.ceil(runs * TIMES) + examples.length;
  it(name, { timeout: TIMEOUT_MS * Math.max(1, TIMES) }, async () => {
    const started = performance.now();
    await fc.assert(
      fc.asyncProperty(given, async (value) => {
        await check(value);
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
    if (process.env['FUZZ_TIMES'] !== undefined)
      console.log(`${numRuns} runs in ${((performance.now() - started) / 1000).toFixed(1)} s: ${name}`);
  });
}
