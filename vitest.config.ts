import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Where threads come and go by the hundred in one process, V8 sometimes loses track of the pages that memory protection
    // keys guard, and aborts (nodejs/node#64500, on processors that have them). relayd starts three threads once.
    execArgv: ['--no-memory-protection-keys'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
