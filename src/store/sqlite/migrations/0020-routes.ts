/**
 * How mail left: the route and the source of an attempt, which route held a delivery, what smart hosts took.
 * The list of stages in `attempt` gets `auth`. Edits of the schema's text: edit-schema.ts says why.
 */
import { editSchema, type SchemaEdit } from './edit-schema.ts';
import type { Migration } from './migration.ts';

/** Columns are the last before the constraints. */
const EDITS: readonly SchemaEdit[] = [
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
  rewrite: (db) => {
    editSchema(db, EDITS);
  },
};
