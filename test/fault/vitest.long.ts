/** `npm run test:long`: the faults that take minutes. Files are named `*.long.ts`, so `npm test` passes them by. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/fault/long/*.long.ts'],
    pool: 'forks',
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
