/** `npm run test:clients`: other people's programs against the real relayd. Files are named `*.clients.ts`, so `npm test` passes them by. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/clients/*.clients.ts'],
    pool: 'forks',
    reporters: ['default', './test/support/failures-last.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
