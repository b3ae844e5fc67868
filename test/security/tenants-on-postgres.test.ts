/** What test/cli/tenants.test.ts tries on SQLite, on PostgreSQL. */
import { test } from 'vitest';
import { systemRandom } from '../../src/platform/random.ts';
import { silentLog } from '../../src/platform/log.ts';
import { openPostgresStore } from '../../src/store/postgres/open.ts';
import { openPostgresReader } from '../../src/store/postgres/reader.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { attackWithIds } from '../cli/support/attack-with-ids.ts';
import { CliStage, type StageBackend } from '../cli/support/cli-stage.ts';
import {
  describeOnPostgres,
  rawPostgres,
  type PostgresDatabase,
} from '../conformance/store/postgres-engine.ts';

describeOnPostgres('another account on PostgreSQL', (_, database) => {
  test('an id of another account is an id that does not exist, for every command', async () => {
    const folder = 'tenants';
    const { backend, close } = await backendOn(database(), folder);
    const stage = new CliStage(backend);
    try {
      await attackWithIds(stage, rawPostgres(database(), folder));
    } finally {
      await stage.dispose();
      await close();
    }
  });
});

async function backendOn(
  database: PostgresDatabase,
  folder: string,
): Promise<{ readonly backend: StageBackend; readonly close: () => Promise<void> }> {
  const url = database.url(await database.schemaOf(folder));
  const common = {
    url,
    preparedStatements: 'auto',
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  } as const;
  const open = (exclusive: boolean) =>
    openPostgresStore({ ...common, nodeName: exclusive ? 'relay' : 'tool', version: '1.0.0', exclusive });
  const store = await open(true);
  const openReader = () => {
    const reader = openPostgresReader(common);
    return {
      ...reader,
      async readEvents(...args: Parameters<typeof reader.readEvents>) {
        await store.numberEvents();
        return await reader.readEvents(...args);
      },
    };
  };
  const reader = openReader();
  const defaultAccountId = (await reader.accountByName('default'))?.id ?? '';
  return {
    backend: { store, defaultAccountId, openReader, openWriter: () => open(false) },
    async close() {
      await reader.close();
      await store.close();
    },
  };
}
