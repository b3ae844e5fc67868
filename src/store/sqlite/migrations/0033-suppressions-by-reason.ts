/**
 * An address may be suppressed for several reasons in the same scope, each by itself: taking one away leaves the others. The table is
 * written anew, since its key is its order.
 */
import type { Migration } from './migration.ts';

export const suppressionsByReason: Migration = {
  version: 33,
  name: 'suppressions by reason',
  // What an older program writes names the key of before.
  breaking: true,
  up: `
CREATE TABLE suppression_by_reason (
  account_id INTEGER NOT NULL REFERENCES account (id),
  address TEXT NOT NULL,
  scope TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN
    ('unknown-address', 'complaint', 'soft-bounces', 'manual', 'import', 'unsubscribe')),
  evidence TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  created_by TEXT NOT NULL,
  event INTEGER,
  PRIMARY KEY (account_id, address, scope, reason)
) STRICT, WITHOUT ROWID;
INSERT INTO suppression_by_reason (account_id, address, scope, reason, evidence, created_at, expires_at, created_by, event)
  SELECT account_id, address, scope, reason, evidence, created_at, expires_at, created_by, event FROM suppression
  ORDER BY account_id, address, scope;
DROP TABLE suppression;
ALTER TABLE suppression_by_reason RENAME TO suppression;
CREATE INDEX suppression_expires ON suppression (expires_at) WHERE expires_at IS NOT NULL;
`,
};
