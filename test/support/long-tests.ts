/** Tests that `npm test` leaves to `npm run test:long`, so that a newcomer waits for minutes and not for a quarter of an hour. */
export const LONG_TESTS: readonly string[] = [
  'test/conformance/store/sqlite-thread.test.ts',
  'test/e2e/own-failures.test.ts',
  'test/e2e/health.test.ts',
  'test/e2e/hostile-reports.test.ts',
  'test/fault/clock-jumps.test.ts',
  'test/fault/crash-points.test.ts',
  'test/fault/disk-errors.test.ts',
  'test/fault/hostile-remotes.test.ts',
  'test/fault/power-cut.test.ts',
  'test/fault/unusable-store.test.ts',
  'test/fault/wrong-master-key.test.ts',
  'test/security/address-spellings.test.ts',
  'test/security/data-folder.test.ts',
  'test/security/escaping-relay.test.ts',
  'test/security/forged-reports.test.ts',
];
