/** The audit log on SQLite, also against who has the file; and that no statement can change it. */
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { databasePath } from '../../../src/store/sqlite/engine/connection.ts';
import { describeAudit, suppress } from './audit-suite.ts';
import { benchFor, type Engine } from './engine.ts';
import { openSqlite, rawSqlite } from './sqlite-engine.ts';

const ENGINE: Engine = {
  open: (dataDir, options) => Promise.resolve(openSqlite(dataDir, options)),
  rawOf: rawSqlite,
};

function changed(dataDir: string, ...statements: readonly string[]): void {
  const db = new Database(databasePath(dataDir));
  try {
    for (const statement of statements) db.exec(statement);
  } finally {
    db.close();
  }
}

describeAudit(ENGINE, (dataDir, ...statements) => {
  const triggers = ['audit_stays', 'audit_kept', 'audit_not_replaced'].map((name) => `DROP TRIGGER ${name}`);
  changed(dataDir, ...triggers, ...statements);
  return Promise.resolve();
});

describe('a line of the audit log on SQLite', () => {
  const bench = benchFor(ENGINE);

  test.each([
    `UPDATE audit SET actor = 'x'`,
    'DELETE FROM audit',
    `INSERT OR REPLACE INTO audit (id, at, actor, action, subject) VALUES (1, 1, 'x', 'y', 'z')`,
    `INSERT OR REPLACE INTO audit (sequence, at, actor, action, subject) VALUES (1, 1, 'x', 'y', 'z')`,
  ])('is not changed by %s', async (statement) => {
    const { dataDir, open } = bench();
    await suppress(await open(), 'user@example.com');
    expect(() => changed(dataDir, statement)).toThrow('a line of the audit log is never');
  });
});
