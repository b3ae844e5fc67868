/**
 * The same constraints without lists. Where a constraint or an index has `IN` with three values or more, SQLite makes a
 * temporary table of them for each row that is written: that was more than half of what a delivery cost to write. The usual
 * value comes first. Edits of the schema's text: edit-schema.ts says why.
 */
import { editSchema, type SchemaEdit } from './edit-schema.ts';
import type { Migration } from './migration.ts';

const EDITS: readonly SchemaEdit[] = [
  {
    table: 'message',
    before: "via IN ('smtp', 'http', 'dsn')",
    after: "via = 'smtp' OR via = 'http' OR via = 'dsn'",
  },
  {
    table: 'delivery',
    before: `CHECK (state IN ('scheduled', 'queued', 'deferred', 'held',
    'delivered', 'bounced', 'expired', 'suppressed', 'cancelled'))`,
    after: `CHECK (state = 'queued' OR state = 'delivered' OR state = 'deferred' OR state = 'scheduled' OR state = 'held'
    OR state = 'bounced' OR state = 'expired' OR state = 'suppressed' OR state = 'cancelled')`,
  },
  {
    table: 'delivery',
    before:
      "CHECK (state IN ('scheduled', 'queued', 'deferred') OR (due_at IS NULL AND claim_epoch IS NULL))",
    after:
      "CHECK ((due_at IS NULL AND claim_epoch IS NULL) OR state = 'queued' OR state = 'deferred' OR state = 'scheduled')",
  },
  {
    index: 'delivery_state',
    before: "state IN ('scheduled', 'deferred', 'held')",
    after: "state = 'scheduled' OR state = 'deferred' OR state = 'held'",
  },
  {
    table: 'attempt',
    before: `CHECK (stage IN ('dns', 'connect', 'greeting', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data',
    'final', 'policy'))`,
    after: `CHECK (stage = 'final' OR stage = 'rcpt' OR stage = 'connect' OR stage = 'mail' OR stage = 'data'
    OR stage = 'dns' OR stage = 'greeting' OR stage = 'ehlo' OR stage = 'starttls' OR stage = 'auth' OR stage = 'policy')`,
  },
];

export const checksWithoutLists: Migration = {
  version: 28,
  name: 'checks without lists',
  breaking: false,
  up: '',
  rewrite: (db) => {
    editSchema(db, EDITS);
  },
};
