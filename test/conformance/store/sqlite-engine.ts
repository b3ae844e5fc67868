/** The SQLite engine as the conformance suites open it, in process. */
import { silentLog } from '../../../src/platform/log.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';
import { joinStore } from '../../support/join-store.ts';
import type { OpenedStore, OpenOptions } from './engine.ts';

export function openSqlite(dataDir: string, { exclusive = true, ...options }: OpenOptions = {}): OpenedStore {
  const store = openSqliteStore({
    dataDir,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    reserveBytes: 0,
    exclusive,
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
