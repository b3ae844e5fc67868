/**
 * How mail left: the route and the source of an attempt, which route held a delivery, what smart hosts took.
 *
 * The list of stages in `attempt` gets `auth`. SQLite has no statement that changes a constraint, and writing millions of rows
 * anew would keep the relay from starting; since no row changes, its text in the schema is all that has to
 * (sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes").
 */
import type { Database } from 'better-sqlite3';
import { assert } from '../../../platform/assert.ts';
import type { Migration } from './migration.ts';

const BEFORE = "'starttls', 'mail'";
const AFTER = "'starttls', 'auth', 'mail'";

export const routes: Migration = {
  version: 20,
  name: 'routes',
  breaking: false,
  up: `
ALTER TABLE attempt ADD COLUMN route TEXT;
ALTER TABLE attempt ADD COLUMN source TEXT;
ALTER TABLE destination_try ADD COLUMN route TEXT;
ALTER TABLE destination_try ADD COLUMN source TEXT;
-- Stays when the delivery is released: no route holds it twice.
ALTER TABLE delivery ADD COLUMN held_by TEXT;
-- Of those delivered: handed to a smart host.
ALTER TABLE statistic ADD COLUMN relayed INTEGER NOT NULL DEFAULT 0;
`,
  rewrite: admitAuth,
};

function admitAuth(db: Database): void {
  const cookie = db.pragma('schema_version', { simple: true }) as number;
  db.unsafeMode();
  try {
    db.pragma('writable_schema = ON');
    const { changes } = db
      .prepare(
        `UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'attempt' AND instr(sql, ?) > 0`,
      )
      .run(BEFORE, AFTER, BEFORE);
    assert(changes === 1, 'the table of attempts lists the stages');
    // Other connections read the schema anew, and RESET makes this one do so.
    db.pragma(`schema_version = ${cookie + 1}`);
    db.pragma('writable_schema = RESET');
  } finally {
    db.unsafeMode(false);
  }
}
