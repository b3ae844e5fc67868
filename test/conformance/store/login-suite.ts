/** What login throttling keeps over a restart. */
import { describe, expect, test } from 'vitest';
import type { ThrottleRecord } from '../../../src/policy/login-throttle.ts';
import { benchFor, type Engine } from './engine.ts';

export function describeLogins(engine: Engine): void {
  describe('logins', () => {
    const bench = benchFor(engine);
    const record = (parts: Partial<ThrottleRecord>): ThrottleRecord => ({
      kind: 'user',
      key: 'a',
      failures: 6.5,
      atMs: 1_000,
      blockedUntilMs: 2_000,
      succeededAtMs: undefined,
      ...parts,
    });

    test('are read back after a restart, oldest first, the last of a kind and key', async () => {
      const { open } = bench();
      const before = await open();
      await before.logins.recordLogins([record({}), record({ kind: 'address', atMs: 3_000 })], 0);
      await before.logins.recordLogins([record({ failures: 7, atMs: 2_000 })], 0);
      await before.logins.recordLogins(
        [record({ kind: 'pair', key: 'b', atMs: 500, succeededAtMs: 500 })],
        0,
      );
      await before.close();
      const after = await open();
      expect(after.reader.loginRecords(0)).toEqual([
        record({ kind: 'pair', key: 'b', atMs: 500, succeededAtMs: 500 }),
        record({ failures: 7, atMs: 2_000 }),
        record({ kind: 'address', atMs: 3_000 }),
      ]);
      expect(after.reader.loginRecords(2_500)).toHaveLength(1);
    });

    test('that are too old go when others are recorded', async () => {
      const store = await bench().open();
      await store.logins.recordLogins([record({ atMs: 1_000 })], 0);
      await store.logins.recordLogins([record({ key: 'b', atMs: 9_000 })], 5_000);
      expect(store.reader.loginRecords(0).map(({ key }) => key)).toEqual(['b']);
    });
  });
}
