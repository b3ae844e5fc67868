/**
 * The audit log becomes a chain: each line's hash covers the line before, and no line is changed or removed. Addresses in it are
 * salted hashes; their clear text is beside the chain, where it can be erased without breaking it.
 */
import type { Migration } from './migration.ts';

export const auditChain: Migration = {
  version: 25,
  name: 'audit chain',
  breaking: false,
  up: `
-- credential: the public id of the key that acted, account: of the account that it concerns; origin: the address it came from.
-- sequence, hash: of the chain (store/audit-chain.ts); NULL in a line from before it, or of a program that knows none.
ALTER TABLE audit ADD COLUMN account TEXT;
ALTER TABLE audit ADD COLUMN credential TEXT;
ALTER TABLE audit ADD COLUMN origin TEXT;
ALTER TABLE audit ADD COLUMN sequence INTEGER;
ALTER TABLE audit ADD COLUMN hash BLOB;
CREATE UNIQUE INDEX audit_sequence ON audit (sequence) WHERE sequence IS NOT NULL;
CREATE INDEX audit_account ON audit (account, id) WHERE account IS NOT NULL;
CREATE INDEX audit_credential ON audit (credential, id) WHERE credential IS NOT NULL;
-- One row: the last line of the chain.
CREATE TABLE audit_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  last INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;
INSERT INTO audit_head (id, last, hash) VALUES (1, 0, x'');
-- line: the sequence of the line that has a hash in place of the text; part: which of its hashes. Erased with time, and when
-- a person is erased.
CREATE TABLE audit_text (
  line INTEGER NOT NULL,
  part INTEGER NOT NULL,
  salt BLOB NOT NULL,
  text TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (line, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_text_at ON audit_text (at);
CREATE INDEX audit_text_text ON audit_text (lower(text));
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN
  SELECT raise(ABORT, 'a line of the audit log is never changed');
END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
BEGIN
  SELECT raise(ABORT, 'a line of the audit log is never removed');
END;
-- REPLACE removes without the trigger above.
CREATE TRIGGER audit_not_replaced BEFORE INSERT ON audit
  WHEN EXISTS (SELECT 1 FROM audit WHERE id = new.id OR sequence = new.sequence)
BEGIN
  SELECT raise(ABORT, 'a line of the audit log is never replaced');
END;
`,
};
