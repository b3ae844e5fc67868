/**
 * A copy of the database while relayd writes. A read transaction of this connection fixes the moment that is copied: without
 * it SQLite would restart at every foreign commit, and under load never finish. The writer does not wait for a reader of the
 * WAL; the WAL cannot be reused meanwhile and grows with every write.
 *
 * The copy is one file without a WAL. Its name appears last, by link(2), which replaces nothing.
 */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import type { CopyOptions } from '../../copies.ts';
import { StoreError } from '../../errors.ts';
import { databasePath, openAnySchema } from '../engine/connection.ts';
import { storeError } from '../engine/sqlite-error.ts';

/** Pages copied at once: 4 MiB, some milliseconds. */
const STEP_PAGES = 1024;

/** StoreError `conflict`: the file exists; `closed`: interrupted; `not-found`, `disk-full`, `failed`, `incompatible`. */
export async function copyDatabase(dataDir: string, options: CopyOptions): Promise<void> {
  const { file } = options;
  const temporary = `${file}.partial`;
  if (existsSync(file)) throw exists(file);
  const db = openAnySchema(databasePath(dataDir));
  try {
    makeEmpty(temporary);
    try {
      await copyPages(db, temporary, options);
      settle(temporary);
      publish(temporary, file);
    } finally {
      for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(temporary + suffix, { force: true });
    }
  } finally {
    db.close();
  }
}

/** The second of two backups to one file ends here: it would write into the copy of the first. */
function makeEmpty(temporary: string): void {
  try {
    closeSync(openSync(temporary, 'wx', 0o600));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const options = { cause: error };
    if (code === 'EEXIST')
      throw new StoreError(
        'conflict',
        `${temporary} is there: another backup is being made, or one was ended; if none runs, remove it`,
        options,
      );
    throw new StoreError(
      'failed',
      `${path.dirname(temporary)} cannot be written: ${code ?? String(error)}`,
      options,
    );
  }
}

async function copyPages(db: Database.Database, temporary: string, options: CopyOptions): Promise<void> {
  const { onProgress, interrupted } = options;
  const pageBytes = db.pragma('page_size', { simple: true }) as number;
  db.exec('BEGIN');
  // The snapshot is taken by the first read.
  db.prepare('SELECT count(*) FROM sqlite_schema').get();
  try {
    await db.backup(temporary, {
      progress({ totalPages, remainingPages }) {
        if (interrupted.aborted) throw new StoreError('closed', 'interrupted: there is no backup');
        onProgress((totalPages - remainingPages) * pageBytes, totalPages * pageBytes);
        return STEP_PAGES;
      },
    });
  } catch (error) {
    throw storeError(error, temporary);
  }
}

/** One file, without a WAL beside it, synced to disk. */
function settle(temporary: string): void {
  const copy = new Database(temporary);
  try {
    copy.pragma('journal_mode = DELETE');
  } catch (error) {
    throw storeError(error, temporary);
  } finally {
    copy.close();
  }
  sync(temporary);
}

function publish(temporary: string, file: string): void {
  try {
    linkSync(temporary, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(file);
    // A file system without hard links.
    if (existsSync(file)) throw exists(file);
    renameSync(temporary, file);
  }
  sync(path.dirname(file));
}

function sync(at: string): void {
  const descriptor = openSync(at, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function exists(file: string): StoreError {
  return new StoreError('conflict', `${file} exists, and is not overwritten`);
}
