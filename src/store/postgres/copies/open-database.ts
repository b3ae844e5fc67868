/**
 * Checks a server's database as a whole, while nodes use it. Pages and indexes are the server's responsibility; checked is
 * what Postern relies on: the schema, references between rows, and that the server keeps what it commits.
 */
import type { Client } from 'pg';
import type { DatabaseView, OpenDatabase, StoreCounts } from '../../copies.ts';
import { nameOfUrl } from '../../place.ts';
import { COUNTED } from '../../sql/copies/counted.ts';
import { sealedReads } from '../../sql/directory/sealed-secrets.ts';
import { connect } from '../engine/connection.ts';
import { Database } from '../engine/database.ts';
import { storeError } from '../engine/postgres-error.ts';
import { PostgresStepRunner } from '../engine/step-runner.ts';
import type { ReaderOptions } from '../options.ts';
import { MIGRATIONS } from '../migrations/index.ts';
import { schemaFault, schemaOf, type SchemaState } from '../migrations/migrate.ts';

const MOST_FAULTS = 100;

/** References in the hot tables, which have no foreign keys. */
const REFERENCES: readonly (readonly [table: string, column: string, parent: string])[] = [
  ['message', 'account_id', 'account'],
  ['delivery', 'destination_id', 'destination'],
  ['delivery', 'account_id', 'account'],
];
const PARENT_OF_KEY = [
  ['delivery', 'id'],
  ['content_chunk', 'id'],
] as const;

/** Required settings of the server, and what is lost without them. */
const SETTINGS: readonly (readonly [name: string, loses: string])[] = [
  ['fsync', 'a crash of the server loses or damages messages that were answered 250'],
  ['full_page_writes', 'a crash of the server may damage the database'],
  ['synchronous_commit', 'a crash of the server loses messages that were answered 250'],
];

/** StoreError `busy`, `failed`, `incompatible` (its tables are another program's). */
export async function openServerDatabase({ url, ...options }: ReaderOptions): Promise<OpenDatabase> {
  const client = await connect(url);
  const name = nameOfUrl(url);
  const database = new Database({ url, ...options, maxConnections: 1, applicationName: 'postern' });
  try {
    const schema = await schemaOf(client, name);
    return {
      faults: async (full) => {
        try {
          return await faults(client, { name, schema, full });
        } catch (error) {
          throw storeError(error);
        }
      },
      view: () => view(client, name, schema),
      sealed: schema.version === 0 ? undefined : new PostgresStepRunner(database).reads(sealedReads),
      async close() {
        await database.close();
        await client.end();
      },
    };
  } catch (error) {
    await database.close();
    await client.end();
    throw storeError(error);
  }
}

interface Looked {
  readonly name: string;
  readonly schema: SchemaState;
  readonly full: boolean;
}

async function faults(client: Client, { name, schema, full }: Looked): Promise<readonly string[]> {
  const found: string[] = [];
  const tooNew = schemaFault(schema, name, MIGRATIONS.length);
  if (tooNew !== undefined) return [tooNew];
  for (const [setting, loses] of SETTINGS)
    if ((await settingOf(client, setting)) === 'off') found.push(`${setting} is off: ${loses}`);
  if (await readOnly(client))
    found.push('the server takes no changes: it is a standby, or was set to read only');
  if (schema.version === 0) return [...found, `${name} has no tables of Postern: relayctl db migrate`];
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace`,
  );
  for (const index of rows) found.push(`the index ${index.name} is not valid: REINDEX INDEX ${index.name}`);
  if (full) found.push(...(await brokenReferences(client)));
  return found;
}

async function settingOf(client: Client, name: string): Promise<string | undefined> {
  const { rows } = await client.query<{ value: string | null }>('SELECT current_setting($1, true) AS value', [
    name,
  ]);
  return rows[0]?.value ?? undefined;
}

async function readOnly(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
  return rows[0]?.standby === true || (await settingOf(client, 'transaction_read_only')) === 'on';
}

/** Reads whole tables. */
async function brokenReferences(client: Client): Promise<readonly string[]> {
  const found: string[] = [];
  const look = async (table: string, parent: string, condition: string) => {
    const { rows } = await client.query<{ id: string }>(
      `SELECT t.id FROM ${table} t WHERE NOT EXISTS (SELECT FROM ${parent} p WHERE p.id = ${condition}) LIMIT ${MOST_FAULTS}`,
    );
    for (const { id } of rows) found.push(`row ${id} of ${table} refers to nothing in ${parent}`);
  };
  for (const [table, column, parent] of REFERENCES) await look(table, parent, `t.${column}`);
  for (const [table, key] of PARENT_OF_KEY) {
    // Content of an upload that no message has taken yet, or that is being removed.
    const { rows } = await client.query<{ id: string }>(
      `SELECT t.id FROM ${table} t WHERE NOT EXISTS (SELECT FROM message m WHERE m.id = t.${key} / 16384)
       AND NOT EXISTS (SELECT FROM upload u WHERE u.message_id = t.${key} / 16384) LIMIT ${MOST_FAULTS}`,
    );
    for (const { id } of rows) found.push(`row ${id} of ${table} refers to nothing in message`);
  }
  return found.slice(0, MOST_FAULTS);
}

async function view(client: Client, name: string, { version }: SchemaState): Promise<DatabaseView> {
  const { rows } = await client.query<{ bytes: string }>(
    'SELECT pg_database_size(current_database()) AS bytes',
  );
  const counts: [string, number][] = [];
  for (const [noun, [table, condition]] of Object.entries(COUNTED))
    counts.push([noun, version === 0 ? 0 : await countOf(client, table, condition)]);
  return {
    file: name,
    sizeBytes: Number(rows[0]?.bytes ?? 0),
    schema: version,
    knownSchema: MIGRATIONS.length,
    counts: Object.fromEntries(counts) as unknown as StoreCounts,
    newestEventMs: version === 0 ? undefined : await newestEvent(client),
  };
}

async function countOf(client: Client, table: string, condition: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(*) AS count FROM ${table} WHERE ${condition}`,
  );
  return Number(rows[0]?.count ?? 0);
}

async function newestEvent(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ at: string | null }>(
    'SELECT max(at) AS at FROM (SELECT at FROM event ORDER BY sequence DESC LIMIT 1000) newest',
  );
  const at = rows[0]?.at;
  return at === undefined || at === null ? undefined : Number(at);
}
