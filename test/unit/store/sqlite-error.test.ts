/** What SQLite's result codes become. */
import { SqliteError } from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { StoreError } from '../../../src/store/errors.ts';
import { damageOf, storeError } from '../../../src/store/sqlite/engine/sqlite-error.ts';

describe('errors of SQLite', () => {
  test.each([
    ['SQLITE_CONSTRAINT_UNIQUE', 'operation', 'conflict', 'refused'],
    ['SQLITE_BUSY', 'busy', 'busy', 'another process'],
    ['SQLITE_BUSY_SNAPSHOT', 'busy', 'busy', 'another process'],
    ['SQLITE_FULL', 'full', 'disk-full', 'free some space'],
    ['SQLITE_IOERR_FSYNC', 'broken', 'failed', 'SQLITE_IOERR_FSYNC'],
    ['SQLITE_CORRUPT', 'broken', 'failed', 'restore a backup'],
    ['SQLITE_READONLY', 'broken', 'failed', 'give it and its folder to the user'],
    ['SQLITE_CANTOPEN', 'broken', 'failed', 'who owns it'],
    ['SQLITE_NOTADB', 'broken', 'incompatible', 'backup'],
  ])('%s is %s to the transaction and %s to the caller', (code, damage, storeCode, words) => {
    const error = new SqliteError('x', code);
    expect(damageOf(error)).toBe(damage);
    expect(storeError(error, 'a.db')).toMatchObject({ code: storeCode, cause: error });
    expect(storeError(error, 'a.db').message).toContain(words);
  });

  test('our own errors keep their code, and a bug of ours is a failure', () => {
    const known = new StoreError('not-found', 'none');
    expect(storeError(known, 'a.db')).toBe(known);
    expect(damageOf(known)).toBe('operation');
    expect(storeError(new TypeError('oops'), 'a.db')).toMatchObject({
      code: 'failed',
      message: 'the store failed: oops',
    });
  });
});
