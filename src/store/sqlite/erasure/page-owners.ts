/** Which table the octets at an offset of a database file belong to, as far as SQLite says. */
import type Database from 'better-sqlite3';
import { openAnySchema } from '../engine/connection.ts';

const OWNERS = `SELECT s.pageno, coalesce((SELECT tbl_name FROM sqlite_schema WHERE name = s.name), s.name) AS owner
  FROM dbstat s WHERE s.pageno IN (SELECT value FROM json_each(?))`;

/** For each offset, the name of the table; `undefined`: no table uses that page. Reads the whole file. StoreError. */
export function pageOwners(file: string, offsets: readonly number[]): readonly (string | undefined)[] {
  const db: Database.Database = openAnySchema(file);
  try {
    const pageBytes = Number(db.pragma('page_size', { simple: true }));
    const pages = offsets.map((offset) => Math.floor(offset / pageBytes) + 1);
    const rows = db
      .prepare<[string], { pageno: number; owner: string }>(OWNERS)
      .all(JSON.stringify([...new Set(pages)]));
    const owners = new Map(rows.map(({ pageno, owner }) => [pageno, owner] as const));
    return pages.map((page) => owners.get(page));
  } finally {
    db.close();
  }
}
