/** Shared statements and the verbs that are made of them, on SQLite (store/sql). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { withMarks } from '../../../src/store/sql/statement.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';

let dataDir: string;
beforeEach(() => (dataDir = mkdtempSync(path.join(tmpdir(), 'postern-steps-'))));
afterEach(() => rmSync(dataDir, { recursive: true }));

test('parameters are named, and what stands between quotes is none', () => {
  const text = "SELECT ':a' FROM t WHERE x = :x AND y = ':it''s' AND z IN (:x, :zed)";
  expect(withMarks(text, (name) => `<${name}>`)).toBe(
    "SELECT ':a' FROM t WHERE x = <x> AND y = ':it''s' AND z IN (<x>, <zed>)",
  );
});

test('verbs that share a commit with one that is refused are begun anew, and done once', async () => {
  const store = openSqliteStore({
    dataDir,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    reserveBytes: 0,
    exclusive: true,
  });
  const reader = openSqliteReader(dataDir);
  const account = (id: string, name: string) =>
    store.directory.addAccount({ id, name, createdAtMs: 1 }, 'test');
  const outcomes = await Promise.allSettled([
    account('acc_a', 'a'),
    account('acc_b', 'default'),
    account('acc_c', 'c'),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(outcomes[1]).toMatchObject({ reason: { code: 'conflict' } });
  expect((await reader.listAccounts()).map(({ name }) => name)).toEqual(['a', 'c', 'default']);
  expect((await reader.listStreams('acc_c')).length).toBe(2);
  reader.close();
  await store.close();
});
