/** `npm run test:long`: what takes minutes. Files are named `*.long.ts`, or stand in long-tests.ts: `npm test` passes them by. */
import { defineConfig } from 'vitest/config';
import { LONG_TESTS } from '../support/long-tests.ts';

export default defineConfig({
  test: {
    include: ['test/fault/long/*.long.ts', ...LONG_TESTS],
    pool: 'forks',
    // As in vitest.config.ts.
    execArgv: ['--no-memory-protection-keys'],
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
