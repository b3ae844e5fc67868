/** `npm run test:long`: what takes minutes. Files are named `*.long.ts`, or stand in long-tests.ts: `npm test` passes them by. */
import { defineConfig } from 'vitest/config';
import { LONG_TESTS } from '../support/long-tests.ts';
import { STRIPPED_ONCE } from '../support/stripped-sources.ts';

export default defineConfig({
  test: {
    include: ['test/fault/long/*.long.ts', ...LONG_TESTS],
    pool: 'forks',
    reporters: ['default', './test/support/failures-last.ts'],
    ...STRIPPED_ONCE,
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    // A browser, or a relayctl, on a busy machine.
    expect: { poll: { timeout: 30_000 } },
  },
});
