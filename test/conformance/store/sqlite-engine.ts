/** The SQLite engine as the conformance suites open it, in process. */
import Database from 'better-sqlite3';
import { silentLog } from '../../../src/platform/log.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import { addressHashesOf } from '../../../src/store/hashed-addresses.ts';
import { databasePath } from '../../../src/store/sqlite/engine/connection.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';
import { joinStore } from '../../support/join-store.ts';
import type { OpenedStore, OpenOptions, RawRows } from './engine.ts';
import { layDatabase } from '../../support/lay-database.ts';

export function openSqlite(
  dataDir: string,
  { exclusive = true, masterKey, ...options }: OpenOptions = {},
): OpenedStore {
  layDatabase(dataDir);
  const store = openSqliteStore({
    dataDir,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    reserveBytes: 0,
    exclusive,
    addressHashes: masterKey && addressHashesOf(createSecretBox(masterKey, systemRandom)),
    ...options,
  });
  const reader = openSqliteReader(dataDir);
  return {
    ...joinStore(reader, store),
    async close() {
      reader.close();
      await store.close();
    },
  };
}

/** The file, as anybody reads it. */
export function rawSqlite(dataDir: string): RawRows {
  const on = <T>(work: (db: Database.Database) => T): Promise<T> => {
    const db = new Database(databasePath(dataDir), { timeout: 5_000 });
    db.defaultSafeIntegers();
    try {
      return Promise.resolve(work(db));
    } finally {
      db.close();
    }
  };
  const names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
  return {
    tables: () =>
      on((db) =>
        db
          .prepare<[], { name: string }>(names)
          .all()
          .map(({ name }) => name),
      ),
    all: (text) => on((db) => db.prepare<[], object>(text).all()),
    run: (text) => on((db) => void db.exec(text)),
  };
}
