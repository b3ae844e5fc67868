/** What login throttling keeps over a restart. */
import { describe, expect, test } from 'vitest';
import type { ThrottleRecord } from '../../../src/policy/login-throttle.ts';
import { MAX_RECORDS_OF_A_KIND } from '../../../src/store/logins.ts';
import { benchFor, type Engine } from './engine.ts';

/** Records beyond the bound; they go 5,000 at a time. */
const TOO_MANY = 5_000;

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

    test('are cleared by an operator: one by its key, or all, as records that others can learn', async () => {
      const { logins } = await bench().open();
      await logins.recordLogins([record({}), record({ key: 'b' }), record({ kind: 'address' })], 0);
      await logins.clearLogins({ kind: 'user', key: 'a' }, { text: 'app' }, 5_000, 'test');
      const none = { failures: 0, blockedUntilMs: 0 };
      expect(await logins.loginRecords(5_000)).toEqual([record({ ...none, atMs: 5_000 })]);
      await logins.clearLogins(undefined, 'all', 6_000, 'test');
      expect((await logins.loginRecords(0)).map(({ failures }) => failures)).toEqual([0, 0, 0]);
      // Of one that nothing was recorded of.
      await logins.clearLogins({ kind: 'address', key: 'c' }, 'c', 7_000, 'test');
      expect(await logins.loginRecords(7_000)).toEqual([
        record({ kind: 'address', key: 'c', ...none, atMs: 7_000 }),
      ]);
    });

    test('are read back after a restart, kind by kind, oldest first, the last of a kind and key', async () => {
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
      expect(await after.logins.loginRecords(0)).toEqual([
        record({ kind: 'address', atMs: 3_000 }),
        record({ failures: 7, atMs: 2_000 }),
        record({ kind: 'pair', key: 'b', atMs: 500, succeededAtMs: 500 }),
      ]);
      expect(await after.logins.loginRecords(2_500)).toHaveLength(1);
    });

    test.skipIf(engine.sharedDatabase)(
      'of strangers, however many, push out no pair that is good, and do not grow for ever',
      async () => {
        const { open } = bench();
        const store = await open();
        const pair = record({ kind: 'pair', key: 'good', atMs: 1_000, succeededAtMs: 1_000 });
        await store.logins.recordLogins([pair], 0);
        const users = Array.from({ length: MAX_RECORDS_OF_A_KIND + TOO_MANY }, (_, i) =>
          record({ key: `u${i}`, atMs: 2_000 + i }),
        );
        const addresses = users.slice(0, 1_000).map((one): ThrottleRecord => ({ ...one, kind: 'address' }));
        await store.logins.recordLogins(addresses, 0);
        for (let from = 0; from < users.length; from += 11_000)
          await store.logins.recordLogins(users.slice(from, from + 11_000), 0);
        const records = await store.logins.loginRecords(0);
        const kept = (kind: ThrottleRecord['kind']) => records.filter((one) => one.kind === kind);
        expect(kept('pair')).toEqual([pair]);
        expect(kept('address').length).toBe(addresses.length);
        expect(kept('user').length).toBe(MAX_RECORDS_OF_A_KIND);
        expect(kept('user')[0]?.key).toBe(`u${TOO_MANY}`);
        // What was too many is gone from the file: nothing older comes to light when the newest go.
        const outdated = records.map((one): ThrottleRecord => ({ ...one, atMs: 1 }));
        await store.logins.recordLogins(outdated, 2);
        expect(await store.logins.loginRecords(0)).toEqual([]);
      },
    );

    test('that are too old go when others are recorded', async () => {
      const store = await bench().open();
      await store.logins.recordLogins([record({ atMs: 1_000 })], 0);
      await store.logins.recordLogins([record({ key: 'b', atMs: 9_000 })], 5_000);
      expect((await store.logins.loginRecords(0)).map(({ key }) => key)).toEqual(['b']);
    });
  });
}
