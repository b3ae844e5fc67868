/**
 * Reads beside the writer, on a few connections of its own, in any thread or process. Every call sees what was durable when
 * it was made.
 */
import type { StoreReads } from '../store.ts';
import { sharedReads } from '../sql/roles.ts';
import { Database } from './engine/database.ts';
import { spoolReads } from './spool/reads.ts';
import { PostgresStepRunner } from './engine/step-runner.ts';
import { fleetReads } from './fleet/nodes.ts';
import type { ReaderOptions } from './options.ts';

const CONNECTIONS = 3;
/** Changes with the directory, and when events get their numbers: webhooks and followers wait for these. */
const VERSION = 'SELECT directory_version + next_event AS version FROM counter';

export interface PostgresReader extends StoreReads {
  /** True when the directory has changed, or events were added to the log, since the last call. */
  changed(): Promise<boolean>;
  close(): Promise<void>;
}

export function openPostgresReader(options: ReaderOptions): PostgresReader {
  const database = new Database({
    ...options,
    maxConnections: CONNECTIONS,
    applicationName: 'postern reader',
  });
  let seen: number | undefined;
  return {
    ...sharedReads(new PostgresStepRunner(database)),
    ...fleetReads(database),
    ...spoolReads(database),
    async changed() {
      const version = await database.read(async (session) => {
        const { rows } = await session.query<{ version: number }>(VERSION);
        return rows[0]?.version;
      });
      const moved = seen !== undefined && version !== seen;
      seen = version;
      return moved;
    },
    close: () => database.close(),
  };
}
