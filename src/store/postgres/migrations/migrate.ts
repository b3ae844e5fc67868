/**
 * Brings a database to this program's schema, or refuses it. The row of `postern_schema` holds the schema's number, and the
 * lowest number that a program must know to open it. The row is the lock as well: nodes that start together migrate one after
 * the other. A session lock, which a pooler would lose, is not needed.
 *
 * Nodes of an older release may be running. A migration that cannot lock a table soon gives up and tries again, because
 * everything later would wait behind it.
 */
import type { ClientBase } from 'pg';
import { StoreError } from '../../errors.ts';
import { MIGRATIONS } from './index.ts';
import type { PostgresMigration } from './migration.ts';

/** `name`: of the database, for people. */
export interface MigrateOptions {
  readonly name: string;
  /** Waits that many milliseconds. */
  readonly wait: (ms: number) => Promise<void>;
  readonly migrations?: readonly PostgresMigration[];
  /** How long a migration waits for a table. Default 4 s. */
  readonly lockWaitMs?: number;
}

export interface SchemaState {
  /** 0: there are no tables of ours. */
  readonly version: number;
  /** The lowest schema that a program must know to open it. */
  readonly needs: number;
}

const LOCK_WAIT_MS = 4_000;
const TRIES = 30;
const PAUSE_MS = 1_000;

const CREATE = `CREATE TABLE IF NOT EXISTS postern_schema (
  id bigint PRIMARY KEY CHECK (id = 1), version bigint NOT NULL, needs_version bigint NOT NULL);
INSERT INTO postern_schema VALUES (1, 0, 0) ON CONFLICT DO NOTHING`;
const LOCK = 'SELECT version FROM postern_schema WHERE id = 1 FOR UPDATE';

/** SQLSTATEs: lock timeout, deadlock, serialization failure; of nodes that make a table, or its row type, at one moment. */
const LATER = new Set(['55P03', '40P01', '40001', '23505', '42P07', '42710']);
const NO_TABLE = '42P01';
const NOT_ALLOWED = '42501';

/** Applies missing migrations. Resolves to the previous schema. StoreError `incompatible`, `busy`, `failed`. */
export async function migrate(client: ClientBase, options: MigrateOptions): Promise<SchemaState> {
  const { migrations = MIGRATIONS, name, lockWaitMs = LOCK_WAIT_MS } = options;
  const before = await schemaOf(client, name);
  if (before.version < migrations.length) {
    if (before.version === 0) await patiently(options, () => client.query(CREATE));
    for (const migration of migrations) await patiently(options, () => apply(client, migration, lockWaitMs));
  }
  refuseNewer(await schemaOf(client, name), name, migrations.length);
  return before;
}

/**
 * As {@link migrate}, for readers, which change nothing. StoreError `not-found`, and `incompatible` also for a schema that is
 * too old.
 */
export async function checkSchema(
  client: ClientBase,
  name: string,
  migrations: readonly PostgresMigration[] = MIGRATIONS,
): Promise<void> {
  const state = await schemaOf(client, name);
  if (state.version === 0)
    throw new StoreError(
      'not-found',
      `${name} has no tables of Postern yet: start relayd once, or type relayctl db migrate`,
    );
  if (state.version < migrations.length)
    throw new StoreError(
      'incompatible',
      `${name} has schema ${state.version}, this program needs ${migrations.length}: start relayd once, or type relayctl db migrate`,
    );
  refuseNewer(state, name, migrations.length);
}

/** StoreError `incompatible`: the tables are another program's. */
export async function schemaOf(client: ClientBase, name: string): Promise<SchemaState> {
  try {
    const { rows } = await client.query<Record<'version' | 'needs_version', string>>(
      'SELECT version, needs_version FROM postern_schema WHERE id = 1',
    );
    const [row] = rows;
    return { version: Number(row?.version ?? 0), needs: Number(row?.needs_version ?? 0) };
  } catch (error) {
    if (stateOf(error) !== NO_TABLE) throw error;
    // Another node may have created it a moment ago.
    return (await isThere(client, name)) ? await schemaOf(client, name) : { version: 0, needs: 0 };
  }
}

/** The reason why this program cannot work with `state`; `undefined`: it can, after migrating an older schema. */
export function schemaFault(
  { version, needs }: SchemaState,
  name: string,
  known: number,
): string | undefined {
  return version <= known ? undefined : schemaFaultOf(needs, name, known);
}

/** The same for the schema that a program must know. */
export function schemaFaultOf(
  needs: number,
  name: string,
  known: number = MIGRATIONS.length,
): string | undefined {
  if (needs <= known) return undefined;
  return `${name} was written by a newer Postern (schema ${needs}, this program knows ${known}): install that release or a later one`;
}

function refuseNewer(state: SchemaState, name: string, known: number): void {
  const fault = schemaFault(state, name, known);
  if (fault !== undefined) throw new StoreError('incompatible', fault);
}

/**
 * Reads our row of the schema; false: there are no tables at all. StoreError `incompatible`: the tables are another
 * program's.
 */
async function isThere(client: ClientBase, name: string): Promise<boolean> {
  const { rows } = await client.query<{ schema: string | null; tables: string; ours: string }>(
    `SELECT current_schema() AS schema, count(*) AS tables, count(*) FILTER (WHERE table_name = 'postern_schema') AS ours
     FROM information_schema.tables WHERE table_schema = current_schema()`,
  );
  const { schema = null, tables = '0', ours = '0' } = rows[0] ?? {};
  if (schema === null)
    throw new StoreError('incompatible', `${name}: no schema of the search_path of its user exists`);
  if (Number(ours) > 0) return true;
  if (Number(tables) > 0)
    throw new StoreError(
      'incompatible',
      `the schema ${schema} of ${name} holds tables of another program: give Postern a database of its own`,
    );
  return false;
}

async function apply(
  client: ClientBase,
  { version, up, breaking }: PostgresMigration,
  lockWaitMs: number,
): Promise<void> {
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    await client.query(`SET LOCAL lock_timeout = ${lockWaitMs}`);
    const { rows } = await client.query<{ version: string }>(LOCK);
    if (Number(rows[0]?.version ?? 0) < version) {
      await client.query(up);
      await client.query('UPDATE postern_schema SET version = $1', [version]);
      if (breaking) await client.query('UPDATE postern_schema SET needs_version = $1', [version]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Repeats while others hold the locks. */
async function patiently({ wait, name }: MigrateOptions, step: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await step();
      return;
    } catch (error) {
      const state = stateOf(error);
      if (state === NOT_ALLOWED)
        throw new StoreError(
          'failed',
          `the user of ${name} may not make or change tables (${(error as Error).message}): ` +
            'type relayctl db migrate --url with the owner of the schema, or grant CREATE on it',
          { cause: error },
        );
      if (!LATER.has(state)) throw error;
      if (tries === TRIES)
        throw new StoreError('busy', `the schema of ${name} cannot be changed: others use its tables`, {
          cause: error,
        });
      await wait(PAUSE_MS);
    }
  }
}

function stateOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
