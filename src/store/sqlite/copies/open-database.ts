/** Checks a database file as a whole: the live one beside its writer, or a copy. Nothing is written, no schema is changed. */
import { statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import type { DatabaseView, OpenDatabase, StoreCounts } from '../../copies.ts';
import { openAnySchema } from '../engine/connection.ts';
import { schemaFault, schemaOf } from '../engine/migrate.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import { damageOf, storeError } from '../engine/sqlite-error.ts';
import { StepRunner } from '../engine/step-runner.ts';
import { COUNTED } from '../../sql/copies/counted.ts';
import { sealedReads } from '../../sql/directory/sealed-secrets.ts';
import { migrations } from '../migrations/index.ts';

/** SQLite reports at most this many faults; the same limit is used for broken references. */
const MOST_FAULTS = 100;
/** From this schema on there is a value that identifies the right key. */
const SEALED_SINCE = 16;

/** StoreError `not-found`, `incompatible` (no database of ours), `failed`. */
export function openDatabase(file: string): OpenDatabase {
  const db = openAnySchema(file);
  try {
    const { version } = schemaOf(db);
    const sealed = version < SEALED_SINCE ? undefined : new StepRunner(db).reads(sealedReads);
    return {
      faults: (full) => answer(() => faultsOf(db, file, full)),
      view: () => answer(() => named(file, () => view(db, file))),
      sealed,
      close: () => answer(() => void db.close()),
    };
  } catch (error) {
    db.close();
    throw storeError(error, file);
  }
}

function answer<Value>(work: () => Value): Promise<Value> {
  return new Promise((resolve) => resolve(work()));
}

function faultsOf(db: Database, file: string, full: boolean): readonly string[] {
  try {
    return faults(db, full);
  } catch (error) {
    if (damageOf(error) !== 'broken') throw storeError(error, file);
    return [(error as Error).message];
  }
}

function named<Value>(file: string, look: () => Value): Value {
  try {
    return look();
  } catch (error) {
    throw storeError(error, file);
  }
}

function faults(db: Database, full: boolean): readonly string[] {
  const check = full ? 'integrity_check' : 'quick_check';
  const said = db.pragma(`${check}(${MOST_FAULTS})`) as Record<string, string>[];
  const found = said.map((row) => row[check] ?? '').filter((line) => line !== 'ok');
  // When pages are damaged, further results mean nothing.
  if (found.length > 0) return found;
  const tooNew = schemaFault(db);
  return tooNew === undefined ? brokenReferences(db) : [tooNew];
}

function brokenReferences(db: Database): readonly string[] {
  const found: string[] = [];
  const rows = prepare<[], { table: string; rowid: number | null; parent: string }>(
    db,
    'SELECT "table", rowid, parent FROM pragma_foreign_key_check LIMIT 100',
  );
  for (const { table, rowid, parent } of rows.iterate())
    found.push(`row ${rowid ?? 'without a number'} of ${table} refers to nothing in ${parent}`);
  return found;
}

function view(db: Database, file: string): DatabaseView {
  const tables = new Set(pluck<[], string>(db, `SELECT name FROM sqlite_schema WHERE type = 'table'`).all());
  const counts = Object.fromEntries(
    Object.entries(COUNTED).map(([name, [table, condition]]) => [
      name,
      tables.has(table)
        ? (pluck<[], number>(db, `SELECT count(*) FROM ${table} WHERE ${condition}`).get() ?? 0)
        : 0,
    ]),
  ) as unknown as StoreCounts;
  const newest = tables.has('event')
    ? pluck<[], number | null>(
        db,
        'SELECT max(at) FROM (SELECT at FROM event ORDER BY sequence DESC LIMIT 1000)',
      )
    : undefined;
  return {
    file,
    sizeBytes: statSync(file).size,
    schema: schemaOf(db).version,
    knownSchema: migrations.length,
    counts,
    newestEventMs: newest?.get() ?? undefined,
  };
}
