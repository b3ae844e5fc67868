/**
 * Shaping and control: what was counted of limits that outlast a restart, limits that the relay set itself, what an operator has
 * suspended, and what is asked of deliveries that are in a worker's hands. Mail gets a rank, a priority and a time by which it has
 * to arrive.
 */
import { editSchema, type SchemaEdit } from './edit-schema.ts';
import type { Migration } from './migration.ts';

/** Columns are the last before the constraints. */
const EDITS: readonly SchemaEdit[] = [
  // wish: what an operator wants of it while it is claimed. reroute: a route that an operator chose. waits_for: the limit that it
  // waits for, in words. bulk: 1, others go first.
  {
    table: 'delivery',
    before: 'held_by TEXT,\n',
    after: 'held_by TEXT, wish TEXT, reroute TEXT, waits_for TEXT, bulk INTEGER,\n',
  },
  // priority: RFC 6710. deliver_by: epoch milliseconds; by_mode: 'return' or 'notify', RFC 2852.
  {
    table: 'message',
    before: ', dsn_to TEXT)',
    after: ', dsn_to TEXT, priority INTEGER, deliver_by INTEGER, by_mode TEXT)',
  },
];

export const shaping: Migration = {
  version: 22,
  name: 'shaping',
  breaking: false,
  up: `
-- bucket: a limit, and what it counts. slot: number of the slot of its window, since 1970. taken: at most the limit in any window.
CREATE TABLE shaping_count (
  bucket TEXT NOT NULL,
  slot INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  taken INTEGER NOT NULL,
  PRIMARY KEY (bucket, slot)
) STRICT, WITHOUT ROWID;
CREATE INDEX shaping_count_end ON shaping_count (ends_at);
-- Set by the relay itself. subject: a provider's name, or the best MX host of a site that is no known provider's. source: '' is
-- the address that the system chooses. step: how far it is slowed down. destination: the domain whose mail met it last.
CREATE TABLE destination_limit (
  subject TEXT NOT NULL,
  source TEXT NOT NULL,
  action TEXT NOT NULL,
  step INTEGER NOT NULL,
  per_minute INTEGER,
  connections INTEGER,
  at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  times INTEGER NOT NULL,
  rule TEXT NOT NULL,
  reply TEXT NOT NULL,
  destination TEXT NOT NULL,
  PRIMARY KEY (subject, source)
) STRICT, WITHOUT ROWID;
-- By an operator. kind: 'destination', 'source' or 'account'. until: NULL, somebody resumes it.
CREATE TABLE suspension (
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  at INTEGER NOT NULL,
  until INTEGER,
  reason TEXT,
  actor TEXT NOT NULL,
  PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;
-- What it waits for, while it is blocked for a limit and not for a failure.
ALTER TABLE destination ADD COLUMN waits_for TEXT;
`,
  rewrite: (db) => {
    editSchema(db, EDITS);
    db.exec(`
CREATE INDEX delivery_due_first ON delivery (destination_id, account_id, due_at) WHERE due_at IS NOT NULL AND bulk IS NULL;
CREATE INDEX delivery_tried_expiry ON delivery (destination_id, expires_at) WHERE due_at IS NOT NULL AND attempts > 0;
CREATE INDEX delivery_wish ON delivery (id) WHERE wish IS NOT NULL;
CREATE INDEX delivery_state ON delivery (state) WHERE state IN ('scheduled', 'deferred', 'held');
`);
  },
};
