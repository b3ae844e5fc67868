/**
 * The audit log becomes a chain: each line's hash covers the line before, and no line is changed or removed. Addresses in it are
 * keyed hashes; their clear text is beside the chain, where it can be erased without breaking it.
 */
import type { Migration } from './migration.ts';

export const auditChain: Migration = {
  version: 25,
  name: 'audit chain',
  breaking: false,
  up: `
-- credential: the public id of the credential that acted, account: of the account it was done in; origin: the address it came from.
ALTER TABLE audit ADD COLUMN account TEXT;
ALTER TABLE audit ADD COLUMN credential TEXT;
ALTER TABLE audit ADD COLUMN origin TEXT;
-- NULL: written before there was a chain.
ALTER TABLE audit ADD COLUMN hash BLOB;
-- One row: the last line of the chain.
CREATE TABLE audit_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  last INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;
INSERT INTO audit_head (id, last, hash) SELECT 1, coalesce(max(id), 0), x'' FROM audit;
-- keyed: the hash that stands for the text in a line. Removed when a person is erased.
CREATE TABLE audit_text (
  keyed BLOB NOT NULL PRIMARY KEY,
  text TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_stays AFTER UPDATE ON audit WHEN old.hash IS NOT NULL
BEGIN
  SELECT raise(ABORT, 'a line of the audit log is never changed');
END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit WHEN old.hash IS NOT NULL
BEGIN
  SELECT raise(ABORT, 'a line of the audit log is never removed');
END;
`,
};
