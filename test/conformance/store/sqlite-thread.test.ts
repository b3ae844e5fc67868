/** The conformance suite on the SQLite engine behind its thread, as relayd uses it. */
import { joinStore } from '../../support/join-store.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';
import { connectStore, startStoreThread } from '../../../src/store/thread/thread.ts';
import type { Engine } from './engine.ts';
import { rawSqlite } from './sqlite-engine.ts';
import { describeStore } from './suite.ts';

const engine: Engine = {
  rawOf: rawSqlite,
  async open(dataDir, options) {
    const thread = await startStoreThread({
      place: { kind: 'sqlite', dataDir },
      reserveBytes: 0,
      log: { level: 'error', format: 'text' },
      onFailure(error) {
        throw error;
      },
      ...options,
    });
    const connection = connectStore(thread.connect());
    const reader = openSqliteReader(dataDir);
    return {
      ...joinStore(reader, connection),
      async close() {
        reader.close();
        await thread.stop();
      },
    };
  },
};

describeStore(engine);
