/** Counts the rows of every table of ours on a server that have a text or octets matching a pattern, for the look after an erasure. */
import type { Client } from 'pg';
import { connect } from '../engine/connection.ts';
import { storeError } from '../engine/postgres-error.ts';

const TABLES = `SELECT table_name AS name FROM information_schema.tables
  WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name`;
const COLUMNS = `SELECT column_name AS name, data_type AS type FROM information_schema.columns
  WHERE table_schema = current_schema() AND table_name = $1 AND data_type IN ('text', 'bytea') ORDER BY column_name`;

export interface FoundInTable {
  readonly table: string;
  readonly column: string;
  readonly rows: number;
}

/** `isIn`: whether a value has it. Reads every table, by pages. StoreError. */
export async function findInTables(
  url: string,
  isIn: (value: string | Uint8Array) => boolean,
): Promise<readonly FoundInTable[]> {
  const client = await connect(url);
  try {
    const { rows: tables } = await client.query<{ name: string }>(TABLES);
    const found: FoundInTable[] = [];
    for (const { name } of tables) found.push(...(await findInTable(client, name, isIn)));
    return found;
  } catch (error) {
    throw storeError(error);
  } finally {
    await client.end();
  }
}

async function findInTable(
  client: Client,
  table: string,
  isIn: (value: string | Uint8Array) => boolean,
): Promise<readonly FoundInTable[]> {
  const { rows: columns } = await client.query<{ name: string }>(COLUMNS, [table]);
  if (columns.length === 0) return [];
  const counts = new Map<string, number>();
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  await client.query('BEGIN READ ONLY');
  await client.query(`DECLARE rows NO SCROLL CURSOR FOR SELECT ${names} FROM "${table}"`);
  for (;;) {
    const { rows } = await client.query<Record<string, string | Uint8Array | null>>('FETCH 500 FROM rows');
    if (rows.length === 0) break;
    for (const row of rows)
      for (const [column, value] of Object.entries(row))
        if (value !== null && isIn(value)) counts.set(column, (counts.get(column) ?? 0) + 1);
  }
  await client.query('COMMIT');
  return [...counts].map(([column, rows]) => ({ table, column, rows }));
}
