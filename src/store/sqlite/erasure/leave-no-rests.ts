/**
 * What has been erased is in no row any more, and `secure_delete` has overwritten it. It may still be in the WAL, until that is written
 * back and cut off; and in the unused part of a page whose rows have moved to another one. A small file is written anew for that; in a
 * large one it stays until the page is used again, which `erase --verify` finds and `db compact` ends.
 */
import Database from 'better-sqlite3';
import { damageOf } from '../engine/sqlite-error.ts';

/** Written anew within a fifth of a second. */
const SMALL_BYTES = 32 * 1024 * 1024;
/** How long a reader, or another process that writes, is waited for. */
const BUSY_MS = 1_000;

export function isSmall(db: Database.Database): boolean {
  const of = (name: string) => Number(db.pragma(name, { simple: true }));
  return of('page_count') * of('page_size') <= SMALL_BYTES;
}

/** On a connection of its own, outside of any transaction. False: somebody was reading all the time. */
export function leaveNoRests(file: string): boolean {
  const db = new Database(file, { timeout: BUSY_MS });
  try {
    db.pragma('secure_delete = ON');
    db.pragma('temp_store = MEMORY');
    if (isSmall(db)) db.exec('VACUUM');
    return cutOffWal(db);
  } catch (error) {
    if (damageOf(error) === 'busy') return false;
    throw error;
  } finally {
    db.close();
  }
}

/** Writes the WAL back and empties it. False: somebody reads an older state. */
export function cutOffWal(db: Database.Database): boolean {
  const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as readonly { readonly busy: number }[];
  return result?.busy === 0;
}
