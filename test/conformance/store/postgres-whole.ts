/** The whole store on a PostgreSQL: a schema for each folder of the suites, by whatever URL leads there. */
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { migrateDatabase } from '../../../src/store/postgres/migrations/migrate-database.ts';
import { openPostgresStore } from '../../../src/store/postgres/open.ts';
import { openPostgresReader } from '../../../src/store/postgres/reader.ts';
import { joinStore } from '../../support/join-store.ts';
import type { Engine } from './engine.ts';

export interface WholeOptions {
  /** The URL of a new schema of its own for `folder`, the same each time. */
  readonly urlOf: (folder: string) => Promise<string>;
  readonly preparedStatements: 'auto' | boolean;
}

export function postgresEngine({ urlOf, preparedStatements }: WholeOptions): Engine {
  return {
    async open(folder, { exclusive = true } = {}) {
      const url = await urlOf(folder);
      await migrateDatabase(url, systemClock);
      const shared = { url, preparedStatements, clock: systemClock, random: systemRandom, log: silentLog };
      const store = await openPostgresStore({ ...shared, nodeName: 'test', version: '0', exclusive });
      const reader = openPostgresReader(shared);
      return {
        ...joinStore(reader, store),
        async close() {
          await reader.close();
          await store.close();
        },
      };
    },
  };
}
