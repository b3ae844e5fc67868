/** Blocks of failed logins and good logins, kept over a restart. Keys are keyed hashes: no name that was tried is stored. */
import type { Migration } from './migration.ts';

export const loginThrottle: Migration = {
  version: 9,
  name: 'login throttle',
  breaking: false,
  up: `
CREATE TABLE login_throttle (
  kind TEXT NOT NULL CHECK (kind IN ('address', 'user', 'pair')),
  key TEXT NOT NULL,
  failures REAL NOT NULL,
  at_ms INTEGER NOT NULL,
  blocked_until_ms INTEGER NOT NULL,
  succeeded_at_ms INTEGER,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX login_throttle_at ON login_throttle (at_ms);
`,
};
