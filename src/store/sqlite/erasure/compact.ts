/**
 * Writes the database file anew: without free pages, and without what is left of moved rows in the unused parts of the others. With
 * the lock of the data folder, so that no relayd runs. The old pages are overwritten in place, and the WAL that they pass through is
 * cut off.
 */
import { statSync } from 'node:fs';
import { StoreError } from '../../errors.ts';
import { databasePath, openWriter } from '../engine/connection.ts';
import { lockDataFolder } from '../engine/lock.ts';
import { storeError } from '../engine/sqlite-error.ts';
import { cutOffWal } from './leave-no-rests.ts';

const BUSY_MS = 5_000;

/** Octets before and after. StoreError `locked`, `busy` (somebody reads), `disk-full`, `failed`. */
export function compactFile(dataDir: string): { readonly beforeBytes: number; readonly afterBytes: number } {
  const file = databasePath(dataDir);
  const lock = lockDataFolder(dataDir);
  try {
    const beforeBytes = statSync(file).size;
    const db = openWriter(dataDir, BUSY_MS);
    try {
      db.exec('VACUUM');
      if (!cutOffWal(db)) throw new StoreError('busy', `${file} is being read: try again`);
    } catch (error) {
      throw storeError(error, file);
    } finally {
      db.close();
    }
    return { beforeBytes, afterBytes: statSync(file).size };
  } finally {
    lock.release();
  }
}
