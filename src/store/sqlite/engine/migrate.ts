/**
 * Brings a database to this program's schema, or refuses it. The version is PRAGMA user_version; the lowest version that a
 * program must know to open it is in the table `schema`, so that an older program can continue beside additive changes and
 * stops at breaking ones.
 */
import type { Database } from 'better-sqlite3';
import { StoreError } from '../../errors.ts';
import { migrations as allMigrations } from '../migrations/index.ts';
import type { Migration } from '../migrations/migration.ts';

/** Identifies the file as ours in its header: `PSTN`. */
const APPLICATION_ID = 0x50_53_54_4e;

/**
 * Applies missing migrations, each in its own transaction; all in one where the database is new. Safe when two processes do it at once. StoreError `incompatible`:
 * not one of our files, or written by a newer program.
 */
export function migrate(db: Database, migrations: readonly Migration[] = allMigrations): void {
  checkOwner(db);
  const known = migrations.length;
  if (schemaVersion(db) >= known) {
    checkCompatible(db, known);
    return;
  }
  const applyAll = () => {
    for (const migration of migrations) db.transaction(() => apply(db, migration)).immediate();
  };
  // A new database is there as a whole or not at all, with one write to the disk.
  if (schemaVersion(db) === 0) db.transaction(applyAll).immediate();
  else applyAll();
  checkCompatible(db, known);
}

function apply(db: Database, migration: Migration): void {
  if (schemaVersion(db) >= migration.version) return;
  if (migration.version === 1) {
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.exec('CREATE TABLE schema (needs_version INTEGER NOT NULL) STRICT; INSERT INTO schema VALUES (1)');
  }
  db.exec(migration.up);
  migration.rewrite?.(db);
  if (migration.breaking) db.prepare('UPDATE schema SET needs_version = ?').run(migration.version);
  db.pragma(`user_version = ${migration.version}`);
}

/** As {@link migrate}, for readers that must not write: StoreError `incompatible` also when the schema is too old. */
export function checkSchema(db: Database, migrations: readonly Migration[] = allMigrations): void {
  checkOwner(db);
  const version = schemaVersion(db);
  if (version < migrations.length) {
    throw new StoreError(
      'incompatible',
      `${db.name} has schema ${version}, this program needs ${migrations.length}: start relayd once`,
    );
  }
  checkCompatible(db, migrations.length);
}

/**
 * For a database of ours; throws StoreError `incompatible` for another's. `needs`: the lowest schema that a program must know
 * to open it.
 */
export function schemaOf(db: Database): { readonly version: number; readonly needs: number } {
  checkOwner(db);
  const version = schemaVersion(db);
  if (version === 0) return { version, needs: 0 };
  return { version, needs: db.prepare('SELECT needs_version FROM schema').pluck().get() as number };
}

/** The reason why this program cannot work with it, although it is ours; `undefined`: it can, after migrating an older schema. */
export function schemaFault(db: Database): string | undefined {
  try {
    checkCompatible(db, allMigrations.length);
    return undefined;
  } catch (error) {
    if (error instanceof StoreError) return error.message;
    throw error;
  }
}

function schemaVersion(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

function checkOwner(db: Database): void {
  const applicationId = db.pragma('application_id', { simple: true }) as number;
  const tables = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number;
  if (applicationId === APPLICATION_ID || (applicationId === 0 && tables === 0)) return;
  throw new StoreError(
    'incompatible',
    `${db.name} is a database of another program: choose another data_dir or move that file away`,
  );
}

function checkCompatible(db: Database, known: number): void {
  if (schemaVersion(db) <= known) return;
  const needs = db.prepare('SELECT needs_version FROM schema').pluck().get() as number;
  if (needs <= known) return;
  throw new StoreError(
    'incompatible',
    `${db.name} was written by a newer Postern (schema ${needs}, this program knows ${known}): install that release or a later one`,
  );
}
