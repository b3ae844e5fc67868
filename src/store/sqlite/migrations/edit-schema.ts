/**
 * Changes the text of tables and indexes in the schema where no row changes. SQLite has no statement that changes a constraint, and its ADD
 * COLUMN checks every row of a STRICT table: with millions of rows the relay would not start for minutes. A value that a row
 * ends before is NULL, so for a new column the text is all that has to change, as ADD COLUMN would write it
 * (sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes").
 */
import type { Database } from 'better-sqlite3';
import { assert } from '../../../platform/assert.ts';

export type SchemaEdit = ({ readonly table: string } | { readonly index: string }) & {
  readonly before: string;
  readonly after: string;
};

/** Each edit's `before` occurs in its text. An index has the same rows as before. Inside a transaction. */
export function editSchema(db: Database, edits: readonly SchemaEdit[]): void {
  const cookie = db.pragma('schema_version', { simple: true }) as number;
  db.unsafeMode();
  try {
    db.pragma('writable_schema = ON');
    const edit = db.prepare(
      `UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = ? AND name = ? AND instr(sql, ?) > 0`,
    );
    for (const { before, after, ...of } of edits) {
      const [type, name] = 'table' in of ? ['table', of.table] : ['index', of.index];
      const { changes } = edit.run(before, after, type, name, before);
      assert(changes === 1, `the ${type} ${name} is as it was made`);
    }
    // Other connections read the schema anew, and RESET makes this one do so.
    db.pragma(`schema_version = ${cookie + 1}`);
    db.pragma('writable_schema = RESET');
  } finally {
    db.unsafeMode(false);
  }
}
