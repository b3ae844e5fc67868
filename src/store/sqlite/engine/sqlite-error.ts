/** Maps SQLite's result codes to StoreError: the kind of failure, and the operator's remedy. */
import { SqliteError } from 'better-sqlite3';
import { StoreError } from '../../errors.ts';

/**
 * The meaning of an error for its transaction. `operation`: only this operation is wrong. `busy`: another process holds the
 * lock. `full`: no room. `broken`: nothing on this handle can be trusted any more.
 */
export type Damage = 'operation' | 'busy' | 'full' | 'broken';

export function damageOf(error: unknown): Damage {
  if (!(error instanceof SqliteError)) return 'operation';
  if (error.code.startsWith('SQLITE_BUSY') || error.code.startsWith('SQLITE_LOCKED')) return 'busy';
  if (error.code === 'SQLITE_FULL') return 'full';
  if (/^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|RANGE|ERROR)/.test(error.code)) return 'operation';
  return 'broken';
}

/** Any error as a StoreError; `path` names the database in the message. */
export function storeError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const options = { cause: error };
  if (!(error instanceof SqliteError)) {
    return new StoreError('failed', `the store failed: ${describe(error)}`, options);
  }
  const { code } = error;
  if (code.startsWith('SQLITE_CONSTRAINT')) {
    return new StoreError('conflict', `the store refused a change: ${error.message}`, options);
  }
  if (damageOf(error) === 'busy') {
    return new StoreError('busy', `${path} is locked by another process for too long`, options);
  }
  if (code === 'SQLITE_FULL') {
    return new StoreError(
      'disk-full',
      `no space left for ${path}: free some space on its file system`,
      options,
    );
  }
  if (code === 'SQLITE_NOTADB') {
    return new StoreError(
      'incompatible',
      `${path} is not a database: restore it from a backup, or move it away to start afresh`,
      options,
    );
  }
  if (code.startsWith('SQLITE_CORRUPT')) {
    return new StoreError(
      'failed',
      `${path} is damaged (${error.message}): stop relayd, check the disk, restore a backup`,
      options,
    );
  }
  if (code.startsWith('SQLITE_READONLY') || code === 'SQLITE_PERM') {
    return new StoreError(
      'failed',
      `${path} cannot be written: give it and its folder to the user that runs Postern`,
      options,
    );
  }
  if (code.startsWith('SQLITE_CANTOPEN')) {
    return new StoreError(
      'failed',
      `${path} cannot be opened: check that its folder exists and who owns it`,
      options,
    );
  }
  return new StoreError('failed', `${path}: ${error.message} (${code})`, options);
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
