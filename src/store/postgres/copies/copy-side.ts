/**
 * A server's database as one side of a copy to another engine. From begin to end no node can start on it and nothing changes
 * in it: its tables are locked by one transaction. For a source that transaction is rolled back: the rows that are read have
 * claims of ended nodes released and every event numbered, while the database itself stays as it was.
 */
import type { Client } from 'pg';
import { StoreError } from '../../errors.ts';
import type { CopiedCounters, CopyTarget } from '../../copy/copy-store.ts';
import type { CopiedTable } from '../../copy/copied-table.ts';
import { COPIED_TABLES, FILLED_BY_USE } from '../../sql/copies/copied-tables.ts';
import type { CopiedRow } from '../../copy/row-digest.ts';
import { nameOfUrl } from '../../place.ts';
import type { ColumnType } from '../engine/binary-array.ts';
import { connect } from '../engine/connection.ts';
import { SERVER_NOW } from '../engine/life.ts';
import { storeError } from '../engine/postgres-error.ts';
import { RowInsert } from '../engine/row-insert.ts';
import { storableText } from '../engine/storable-text.ts';
import { MOVE } from '../events/sequencer.ts';
import { checkSchema } from '../migrations/migrate.ts';
import { carried, READ_FROM, SPLIT } from './copy-forms.ts';

const LOCK_WAIT_MS = 10_000;
/**
 * Pages are read along the key, also from tables that are new or summed: left to itself the server, which knows nothing of
 * their sizes, reads and sorts the whole table for each page.
 */
export const BY_KEY = `SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_hashagg = off;
  SET LOCAL enable_hashjoin = off; SET LOCAL max_parallel_workers_per_gather = 0`;

const ALIVE = `SELECT n.name FROM node_life l JOIN node n ON n.id = l.node_id
  WHERE l.ended_at IS NULL AND l.lease_until > ${SERVER_NOW} ORDER BY n.name`;

const TYPES_OF = `SELECT table_name || '.' || column_name AS name, data_type AS type FROM information_schema.columns
  WHERE table_schema = current_schema()`;

/** A table's own column of numbers that the database hands out. */
const IDENTITIES = `SELECT table_name AS name, column_name AS "column" FROM information_schema.columns
  WHERE table_schema = current_schema() AND is_identity = 'YES'`;

/** Its schema must be this program's. StoreError `locked` (a node runs on it), `busy`, `failed`, `not-found`, `incompatible`. */
export function openServerAsSource(url: string): Promise<CopyTarget> {
  return open(url, 'SHARE ROW EXCLUSIVE', async (client) => {
    await numberEvents(client);
    await client.query(
      `UPDATE destination SET next_due_at = least(coalesce(next_due_at, ${SERVER_NOW}), ${SERVER_NOW})
       WHERE id IN (SELECT destination_id FROM delivery WHERE claim_life IS NOT NULL)`,
    );
    await client.query(
      `UPDATE delivery SET due_at = ${SERVER_NOW}, claim_life = NULL WHERE claim_life IS NOT NULL`,
    );
  });
}

/** As {@link openServerAsSource}. StoreError `conflict`: it is not empty. */
export function openServerAsTarget(url: string): Promise<CopyTarget> {
  return open(url, 'ACCESS EXCLUSIVE', async (client, name) => {
    for (const table of FILLED_BY_USE) {
      const { rows } = await client.query(`SELECT FROM ${table} LIMIT 1`);
      if (rows.length > 0)
        throw new StoreError(
          'conflict',
          `${name} is in use, there is something in its table ${table}: name another database, or drop its tables`,
        );
    }
    for (const table of COPIED_TABLES.toReversed()) await client.query(`DELETE FROM ${table.name}`);
  });
}

async function open(
  url: string,
  lock: string,
  begin: (client: Client, name: string) => Promise<void>,
): Promise<CopyTarget> {
  const name = nameOfUrl(url);
  const client = await connect(url);
  try {
    await checkSchema(client, name);
    await refuseNodes(client, name);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await client.query(
      `SET LOCAL lock_timeout = ${LOCK_WAIT_MS}; SET LOCAL statement_timeout = 0;
       SET LOCAL idle_in_transaction_session_timeout = 0; ${BY_KEY}`,
    );
    const tables = [...COPIED_TABLES.map((table) => table.name), 'node_life', 'event_pending', 'counter'];
    await client.query(`LOCK TABLE ${tables.join(', ')} IN ${lock} MODE`);
    // A node may have started just before.
    await refuseNodes(client, name);
    await begin(client, name);
    const { rows } = await client.query<{ name: string; type: ColumnType }>(TYPES_OF);
    return new ServerSide(client, name, new Map(rows.map((row) => [row.name, row.type])));
  } catch (error) {
    await client.end();
    throw storeError(error);
  }
}

/** For the first page, and for those behind a key. */
export function pageQueries({ name, columns, keyLength, page }: CopiedTable): {
  readonly first: string;
  readonly following: string;
} {
  const quoted = columns.map((column) => `"${column}"`);
  const key = quoted.slice(0, keyLength).join(', ');
  const marks = Array.from({ length: keyLength }, (_, at) => `$${at + 1}`).join(', ');
  const from = `SELECT ${quoted.join(', ')} FROM ${READ_FROM[name] ?? name} t`;
  const order = `ORDER BY ${key} LIMIT ${page}`;
  return { first: `${from} ${order}`, following: `${from} WHERE (${key}) > (${marks}) ${order}` };
}

/** Events that ended nodes left without a number. */
async function numberEvents(client: Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ next: number }>('SELECT next_event AS next FROM counter');
    const moved = await client.query(MOVE, [rows[0]?.next ?? 1]);
    if (moved.rows.length === 0) return;
  }
}

async function refuseNodes(client: Client, name: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(ALIVE);
  if (rows.length === 0) return;
  const names = rows.map((row) => row.name).join(', ');
  throw new StoreError(
    'locked',
    `relayd runs on ${name} (${names}): stop it first; one that was killed is over after 20 seconds`,
  );
}

class ServerSide implements CopyTarget {
  readonly name: string;
  readonly #client: Client;
  /** By table and column. */
  readonly #types: ReadonlyMap<string, ColumnType>;
  #open = true;

  constructor(client: Client, name: string, types: ReadonlyMap<string, ColumnType>) {
    this.name = name;
    this.#client = client;
    this.#types = types;
  }

  async *pages(table: CopiedTable): AsyncGenerator<readonly CopiedRow[]> {
    const { first, following } = pageQueries(table);
    let rows = await this.#rows(first, []);
    while (rows.length > 0) {
      // The server fetches the next rows while these are processed.
      const next = this.#rows(following, rows.at(-1)?.slice(0, table.keyLength) ?? []);
      next.catch(() => undefined);
      yield rows;
      rows = await next;
    }
  }

  fitting(row: CopiedRow): CopiedRow {
    return row.map((value) => (typeof value === 'string' ? storableText(value) : value));
  }

  async insert(table: CopiedTable, rows: readonly CopiedRow[]): Promise<void> {
    const split = SPLIT[table.name];
    const own = table.columns.filter((column) => split?.columns.includes(column) !== true);
    const pick = (columns: readonly string[]) => {
      const places = columns.map((column) => table.columns.indexOf(column));
      return (row: CopiedRow) => places.map((at) => row[at] ?? null);
    };
    const ownOf = pick(own);
    await this.#insert(table.name, own, rows.map(ownOf));
    if (split === undefined) return;
    const countsOf = pick([table.columns[0] ?? '', ...split.columns]);
    const counts = rows.map((row) => [...countsOf(row), 0]);
    await this.#insert(split.table, [split.key, ...split.columns, 'node_id'], counts);
  }

  async counters(): Promise<CopiedCounters> {
    const { rows } = await this.#ask<CopiedCounters>(
      'SELECT directory_version AS "directoryVersion", next_event AS "nextEvent" FROM counter',
      [],
    );
    return rows[0] ?? { directoryVersion: 1, nextEvent: 1 };
  }

  async count({ directoryVersion, nextEvent }: CopiedCounters): Promise<void> {
    await this.#ask(
      `UPDATE counter SET directory_version = greatest(directory_version, $1) + 1,
         next_event = greatest(next_event, $2)`,
      [directoryVersion, nextEvent],
    );
    const { rows } = await this.#ask<{ name: string; column: string }>(IDENTITIES, []);
    for (const { name, column } of rows)
      await this.#ask(
        `SELECT setval(pg_get_serial_sequence('${name}', '${column}'), max("${column}")) FROM ${name}
         HAVING max("${column}") IS NOT NULL`,
        [],
      );
    await this.#ask(
      `SELECT setval('message_key', max(id)) FROM message HAVING max(id) >= (SELECT last_value FROM message_key)`,
      [],
    );
  }

  async keep(): Promise<void> {
    await this.#ask('COMMIT', []);
    // New tables have no statistics: the first plans would scan them.
    await this.#ask('ANALYZE', []).catch(() => undefined);
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    // Closing the connection rolls back what was not kept.
    await this.#client.end();
  }

  async #insert(table: string, columns: readonly string[], rows: readonly CopiedRow[]): Promise<void> {
    const types = columns.map((column) => [column, this.#types.get(`${table}.${column}`) ?? 'text'] as const);
    const values = columns.map((column, at) => [`"${column}"`, (row: CopiedRow) => row[at]] as const);
    const quoted = types.map(([column, type]) => [`"${column}"`, type] as const);
    const insert = new RowInsert<CopiedRow>(table, Object.fromEntries(values), Object.fromEntries(quoted));
    const { text, values: bound } = insert.of(rows);
    await this.#ask(text, bound);
  }

  async #rows(text: string, values: CopiedRow): Promise<readonly CopiedRow[]> {
    try {
      const { rows } = await this.#client.query<unknown[]>({
        text,
        values: values as unknown[],
        rowMode: 'array',
      });
      return rows.map((row) => row.map(carried));
    } catch (error) {
      throw storeError(error);
    }
  }

  async #ask<Row extends object>(text: string, values: readonly unknown[]) {
    try {
      return await this.#client.query<Row>(text, values as unknown[]);
    } catch (error) {
      throw storeError(error);
    }
  }
}
