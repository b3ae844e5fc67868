import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';
import { VERBS } from '../../../src/store/store-verbs.ts';

const verbs = Object.entries(VERBS).flatMap(([role, of]) =>
  Object.entries(of).map(([verb, kind]: [string, string]) => ({ role, verb, kind })),
);

test('no two roles have a read of the same name', () => {
  const reads = verbs.filter(({ kind }) => kind === 'read').map(({ verb }) => verb);
  expect(reads.filter((verb, at) => reads.indexOf(verb) !== at)).toEqual([]);
});

test('SQLite keeps every verb', async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'postern-verbs-'));
  const options = { dataDir, clock: systemClock, random: systemRandom, log: silentLog, exclusive: true };
  const store = openSqliteStore(options);
  const reader = openSqliteReader(dataDir);
  try {
    const has = (object: unknown, verb: string) =>
      typeof (object as Record<string, unknown> | undefined)?.[verb] === 'function';
    const missing = verbs.filter(({ role, verb, kind }) =>
      kind === 'read' ? !has(reader, verb) : !has((store as object as Record<string, unknown>)[role], verb),
    );
    expect(missing).toEqual([]);
  } finally {
    reader.close();
    await store.close();
    rmSync(dataDir, { recursive: true });
  }
});
