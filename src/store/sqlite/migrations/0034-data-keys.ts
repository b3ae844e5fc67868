/**
 * The master keys that this store was used with, by id (platform/secret-box.ts), so that one can be replaced: which is the present
 * one, until when each made tokens, and under which the hash of each secret was made.
 */
import type { Migration } from './migration.ts';

export const dataKeys: Migration = {
  version: 34,
  name: 'data keys',
  breaking: false,
  up: `
-- adopted_at: the present key is the one with the greatest. used_at: something was made under it up to then.
CREATE TABLE data_key (
  id INTEGER PRIMARY KEY,
  key_id TEXT NOT NULL UNIQUE,
  adopted_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL
) STRICT;

-- A key_id; NULL: the first key of the store.
ALTER TABLE credential ADD COLUMN secret_key TEXT;
ALTER TABLE credential ADD COLUMN old_secret_key TEXT;
`,
};
