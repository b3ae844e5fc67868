/** The conformance suite on the SQLite engine, in process. */
import { joinStore } from '../../support/join-store.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';
import type { Engine } from './engine.ts';
import { describeStore } from './suite.ts';

const engine: Engine = {
  open(dataDir, { exclusive = true, ...options } = {}) {
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
    return Promise.resolve({
      ...joinStore(reader, store),
      async close() {
        reader.close();
        await store.close();
      },
    });
  },
};

describeStore(engine);
