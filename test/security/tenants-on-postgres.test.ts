/** What test/cli/tenants.test.ts and test/http/tenants.test.ts try on SQLite, on PostgreSQL. */
import { test } from 'vitest';
import { systemRandom } from '../../src/platform/random.ts';
import { silentLog } from '../../src/platform/log.ts';
import type { Account } from '../../src/store/directory-records.ts';
import { openPostgresStore, type PostgresStore } from '../../src/store/postgres/open.ts';
import { openPostgresReader, type PostgresReader } from '../../src/store/postgres/reader.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { attackRoutes } from '../http/support/attack-routes.ts';
import { HttpStage } from '../http/support/http-stage.ts';
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

  test('no route of the API shows or changes what another account has', async () => {
    const { backend, reader, account } = await backendOn(database(), 'routes');
    const { store } = backend;
    const relay = await HttpStage.start({ backend: { store, reader, account } });
    try {
      await attackRoutes(relay);
    } finally {
      await relay[Symbol.asyncDispose]();
    }
  });
});

async function backendOn(
  database: PostgresDatabase,
  folder: string,
): Promise<{
  readonly backend: Omit<StageBackend, 'store'> & { readonly store: PostgresStore };
  readonly reader: PostgresReader;
  readonly account: Account;
  readonly close: () => Promise<void>;
}> {
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
  const account = await reader.accountByName('default');
  if (account === undefined) throw new Error('there is no default account');
  return {
    backend: { store, defaultAccountId: account.id, openReader, openWriter: () => open(false) },
    ...{ reader, account },
    async close() {
      await reader.close();
      await store.close();
    },
  };
}
