/**
 * Stores of releases, kept as SQL text so that every later release can be tried on them (test/fixtures/releases). Made when a
 * release is made: `node test/support/keep-release.ts`.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { databasePath } from '../../src/store/sqlite/engine/connection.ts';

export const RELEASES = path.resolve(import.meta.dirname, '../fixtures/releases');

/** What is known of a kept store. Its secrets open nothing else. */
export interface KeptRelease {
  readonly version: string;
  readonly schema: number;
  readonly login: { readonly username: string; readonly password: string };
  readonly apiKey: string;
  readonly delivered: string;
  /** Held by the operator, for `recipient`. */
  readonly held: { readonly id: string; readonly recipient: string };
  readonly suppressed: string;
}

export function keptReleases(): readonly KeptRelease[] {
  return readdirSync(RELEASES).map(
    (name) => JSON.parse(readFileSync(path.join(RELEASES, name, 'facts.json'), 'utf8')) as KeptRelease,
  );
}

/** Writes the store of `dataDir`, where no relayd runs, as text. */
export function keep(dataDir: string, facts: Omit<KeptRelease, 'schema'>): void {
  const folder = path.join(RELEASES, facts.version);
  mkdirSync(folder, { recursive: true });
  const db = new Database(databasePath(dataDir), { readonly: true });
  try {
    const schema = db.pragma('user_version', { simple: true }) as number;
    writeFileSync(path.join(folder, 'postern.sql'), dump(db));
    writeFileSync(path.join(folder, 'facts.json'), `${JSON.stringify({ ...facts, schema }, null, 2)}\n`);
    writeFileSync(path.join(folder, 'master.key'), readFileSync(path.join(dataDir, 'master.key')));
  } finally {
    db.close();
  }
}

/** Puts a kept store into the empty folder `dataDir`. */
export function restore({ version, schema }: KeptRelease, dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const from = path.join(RELEASES, version);
  const db = new Database(databasePath(dataDir));
  db.pragma('auto_vacuum = INCREMENTAL');
  db.exec(readFileSync(path.join(from, 'postern.sql'), 'utf8'));
  db.pragma(`user_version = ${schema}`);
  db.close();
  writeFileSync(path.join(dataDir, 'master.key'), readFileSync(path.join(from, 'master.key')), {
    mode: 0o600,
  });
}

interface SchemaRow {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

function dump(db: Database.Database): string {
  const applicationId = db.pragma('application_id', { simple: true }) as number;
  const rows = db
    .prepare<[], SchemaRow>(
      "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
    )
    .all();
  const tables = rows.filter(({ type }) => type === 'table');
  return [
    `PRAGMA application_id = ${applicationId};`,
    'PRAGMA foreign_keys = OFF;',
    'BEGIN;',
    ...tables.map(({ sql }) => `${sql};`),
    ...tables.flatMap(({ name }) => rowsOf(db, name)),
    ...rows.filter(({ type }) => type !== 'table').map(({ sql }) => `${sql};`),
    'COMMIT;',
    '',
  ].join('\n');
}

function rowsOf(db: Database.Database, table: string): readonly string[] {
  const columns = db
    .prepare<[string], string>('SELECT name FROM pragma_table_info(?)')
    .pluck()
    .all(table)
    .map((name) => `quote("${name}")`);
  const values = db.prepare<[], string>(`SELECT ${columns.join(" || ',' || ")} FROM "${table}"`).pluck();
  return values.all().map((row) => `INSERT INTO "${table}" VALUES (${row});`);
}
