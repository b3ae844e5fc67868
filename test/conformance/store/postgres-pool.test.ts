/**
 * The conformance suite through pgbouncer in transaction mode, without named statements, as its older releases need: one
 * connection serves one transaction after the other of whoever comes, and keeps nothing between them.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { migrateDatabase } from '../../../src/store/postgres/migrations/migrate-database.ts';
import { PGBOUNCER_THERE, startPgbouncer, type Pgbouncer } from '../../support/pgbouncer.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import { openPostgres, rawPostgres, type PostgresPlaces } from './postgres-engine.ts';
import { describeStore } from './suite.ts';

const THERE = POSTGRES_BIN !== undefined && PGBOUNCER_THERE;
const HERE = THERE ? 'through pgbouncer' : 'through pgbouncer (skipped: PostgreSQL or pgbouncer is missing)';

describe.skipIf(!THERE)(HERE, () => {
  let server: PostgresServer;
  let pool: Pgbouncer;
  let admin: pg.Client;
  beforeAll(async () => {
    server = await startPostgres(['max_connections=300']);
    pool = await startPgbouncer(server);
    admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query('CREATE DATABASE made');
    await migrateDatabase(server.url.replace('/postgres?', '/made?'), systemClock);
  });
  afterAll(async () => {
    await admin.end();
    await pool.stop();
    await server.stop();
  });

  describeStore({
    sharedDatabase: true,
    rawOf: (folder) => rawPostgres(places, folder),
    open: (folder, options) => openPostgres(places, folder, { ...options, preparedStatements: false }),
  });

  /** The pool drops a search_path that a connection asks for: a database for each folder. */
  const names = new Map<string, Promise<string>>();
  const opened = new Map<string, ReturnType<PostgresPlaces['openedAt']>>();
  const places: PostgresPlaces = {
    schemaOf(folder) {
      const known = names.get(folder) ?? newDatabase(`d${names.size}`);
      names.set(folder, known);
      return known;
    },
    url: (name) => pool.url(name),
    openedAt(url) {
      const there = opened.get(url) ?? new Set();
      opened.set(url, there);
      return there;
    },
  };

  async function newDatabase(name: string): Promise<string> {
    await admin.query(`CREATE DATABASE ${name} TEMPLATE made`);
    return name;
  }
});
