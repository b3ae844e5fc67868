/**
 * Opens the database file. The writer's connection: WAL, every commit synced to disk (synchronous=FULL), space reclaimable
 * from the first page on (auto_vacuum=INCREMENTAL), what is deleted overwritten (secure_delete), foreign keys checked, no automatic
 * indexes. SQLite's automatic checkpoint
 * stays on the writer: a separate one lets the WAL grow without bound.
 */
import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { StoreError } from '../../errors.ts';
import { databasePath } from '../../place.ts';
import { checkSchema, migrate, schemaOf } from './migrate.ts';
import { storeError } from './sqlite-error.ts';

/** Pages in the WAL before a commit moves them into the database (SQLite's default, measured best). */
const CHECKPOINT_PAGES = 1000;
/** Size to which the WAL file is truncated after a burst or a long reader made it grow. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;
const WRITER_CACHE_KIB = 32 * 1024;
const READER_CACHE_KIB = 8 * 1024;

export { databasePath };

/** Every file that SQLite may make in the folder. */
export function databaseFiles(dataDir: string): readonly string[] {
  return [databasePath(dataDir), lockPath(dataDir)].flatMap((file) =>
    ['', '-wal', '-shm', '-journal'].map((suffix) => file + suffix),
  );
}

export function lockPath(dataDir: string): string {
  return path.join(dataDir, 'relayd.lock.db');
}

/** Creates an empty file for its owner only, if it is missing: SQLite would apply the umask, also to its WAL. */
export function makePrivateFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Creates the folder, readable by its owner only, if it is missing. StoreError `failed`. */
export function prepareFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw openError(error, dataDir, dataDir);
  }
}

/**
 * Opens the writer's connection, creates the file if it is missing (readable by its owner only), and brings the schema up to
 * date. The folder must exist. `busyTimeoutMs`: how long a transaction waits for another process. StoreError `incompatible`,
 * `failed`, `busy`.
 */
export function openWriter(dataDir: string, busyTimeoutMs: number): Database.Database {
  const file = databasePath(dataDir);
  let db: Database.Database | undefined;
  try {
    makePrivateFile(file);
    db = new Database(file, { timeout: busyTimeoutMs });
    // Takes effect on an empty file only; must come before the journal mode writes the first page.
    db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('temp_store = MEMORY');
    db.pragma('automatic_index = OFF');
    db.pragma('secure_delete = ON');
    db.pragma(`cache_size = -${WRITER_CACHE_KIB}`);
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
    migrate(db);
    return db;
  } catch (error) {
    db?.close();
    throw openError(error, dataDir, file);
  }
}

/** Opens a read-only connection. StoreError `not-found` when there is no database yet, else as {@link openWriter}. */
export function openReadOnly(dataDir: string): Database.Database {
  const file = databasePath(dataDir);
  if (!existsSync(file)) {
    throw new StoreError(
      'not-found',
      `there is no database in ${dataDir}: start relayd once, or check data_dir`,
    );
  }
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { readonly: true, timeout: 5000 });
    db.pragma(`cache_size = -${READER_CACHE_KIB}`);
    // A list that searches for something rare must walk the messages instead of building an index of every delivery.
    db.pragma('automatic_index = OFF');
    checkSchema(db);
    return db;
  } catch (error) {
    db?.close();
    throw openError(error, dataDir, file);
  }
}

/**
 * Opens `file` for reading with any schema, provided that it is a database of ours: to copy it before an upgrade, or to check
 * a copy. StoreError `not-found`, `incompatible`, `failed`.
 */
export function openAnySchema(file: string): Database.Database {
  // A name with a NUL, which no file can have, is the caller's error.
  const found = existsSync(file) ? statSync(file, { throwIfNoEntry: false }) : undefined;
  if (found === undefined) throw new StoreError('not-found', `there is no file ${file}`);
  // Opening a pipe would block for ever.
  if (!found.isFile()) throw new StoreError('not-found', `${file} is not a file`);
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { readonly: true, timeout: 5000 });
    if (schemaOf(db).version === 0) throw new StoreError('incompatible', `${file} is empty`);
    return db;
  } catch (error) {
    db?.close();
    throw openError(error, path.dirname(file), file);
  }
}

function openError(error: unknown, dataDir: string, file: string): StoreError {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    return new StoreError(
      'failed',
      `${dataDir} cannot be written: give it to the user that runs Postern, or set data_dir`,
      {
        cause: error,
      },
    );
  }
  return storeError(error, file);
}
