/** How many rows PostgreSQL read for what a store did, from the server's own counts. */
import type pg from 'pg';
import { eventually } from '../../support/eventually.ts';

/** Of whole tables that were read through, or of every entry that any scan of a table or of an index returned. */
export type Reading = 'through' | 'at all';

const COUNTED: Readonly<Record<Reading, string>> = {
  through: 'seq_tup_read',
  'at all': `seq_tup_read + coalesce((SELECT sum(idx_tup_read) FROM pg_stat_user_indexes i WHERE i.relid = t.relid), 0)`,
};

/** Rows that `use` read, by table of `schema`. What its connections counted is known once they are closed. */
export async function rowsRead(
  pool: pg.Pool,
  schema: string,
  reading: Reading,
  use: () => Promise<void>,
): Promise<ReadonlyMap<string, number>> {
  const before = await counts(pool, schema, reading);
  await use();
  await eventually(async () => {
    const connected = "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'postern%'";
    return (await pool.query(connected)).rows.length === 0;
  });
  const after = await counts(pool, schema, reading);
  return new Map([...after].map(([table, rows]) => [table, rows - (before.get(table) ?? 0)]));
}

async function counts(pool: pg.Pool, schema: string, reading: Reading): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<{ relname: string; rows: string }>(
    `SELECT relname, ${COUNTED[reading]} AS rows FROM pg_stat_user_tables t WHERE schemaname = $1`,
    [schema],
  );
  return new Map(rows.map((row) => [row.relname, Number(row.rows)]));
}
