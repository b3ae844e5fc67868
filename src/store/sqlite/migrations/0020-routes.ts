/**
 * How mail left: the route and the source of an attempt, which route held a delivery, what smart hosts took.
 *
 * The list of stages in `attempt` gets `auth`. SQLite has no statement that changes a constraint, and its ADD COLUMN checks every
 * row of a STRICT table: with millions of attempts the relay would not start for minutes. Since no row changes (a value that a
 * row ends before is NULL), the text in the schema is all that has to, as ADD COLUMN would write it
 * (sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes").
 */
import type { Database } from 'better-sqlite3';
import { assert } from '../../../platform/assert.ts';
import type { Migration } from './migration.ts';

interface Edit {
  readonly table: string;
  readonly before: string;
  readonly after: string;
}

/** Columns are the last before the constraints. */
const EDITS: readonly Edit[] = [
  { table: 'attempt', before: "'starttls', 'mail'", after: "'starttls', 'auth', 'mail'" },
  ...['attempt', 'destination_try'].map((table) => ({
    ...{ table, before: 'tls_failure TEXT,\n' },
    after: 'tls_failure TEXT, route TEXT, source TEXT,\n',
  })),
  // Stays when the delivery is released: no route holds it twice.
  { table: 'delivery', before: 'expires_at INTEGER,\n', after: 'expires_at INTEGER, held_by TEXT,\n' },
];

export const routes: Migration = {
  version: 20,
  name: 'routes',
  breaking: false,
  up: `
-- Of those delivered: handed to a smart host.
ALTER TABLE statistic ADD COLUMN relayed INTEGER NOT NULL DEFAULT 0;
`,
  rewrite: editSchema,
};

function editSchema(db: Database): void {
  const cookie = db.pragma('schema_version', { simple: true }) as number;
  db.unsafeMode();
  try {
    db.pragma('writable_schema = ON');
    const edit = db.prepare(
      `UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ? AND instr(sql, ?) > 0`,
    );
    for (const { table, before, after } of EDITS) {
      const { changes } = edit.run(before, after, table, before);
      assert(changes === 1, `the table ${table} is as it was made`);
    }
    // Other connections read the schema anew, and RESET makes this one do so.
    db.pragma(`schema_version = ${cookie + 1}`);
    db.pragma('writable_schema = RESET');
  } finally {
    db.unsafeMode(false);
  }
}
