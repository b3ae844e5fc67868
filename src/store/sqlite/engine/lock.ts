/**
 * One relayd for each data folder. The lock is an exclusive transaction on a database of its own, held as long as the process
 * lives: the operating system releases it however the process ends, so it is never stale.
 */
import path from 'node:path';
import Database from 'better-sqlite3';
import { StoreError } from '../../errors.ts';
import { lockPath, makePrivateFile } from './connection.ts';
import { damageOf, storeError } from './sqlite-error.ts';

export interface DataFolderLock {
  release(): void;
}

/** Takes the lock at once or throws StoreError `locked`. The folder must exist. */
export function lockDataFolder(dataDir: string): DataFolderLock {
  const file = lockPath(dataDir);
  let db: Database.Database | undefined;
  try {
    makePrivateFile(file);
    db = new Database(file, { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    if (damageOf(error) === 'busy') {
      throw new StoreError(
        'locked',
        `another relayd is using ${path.resolve(dataDir)}: stop it first, or set another data_dir`,
        { cause: error },
      );
    }
    throw storeError(error, file);
  }
  const held = db;
  return { release: () => void held.close() };
}
