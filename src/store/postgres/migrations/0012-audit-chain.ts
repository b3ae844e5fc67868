/** What SQLite's migration 25 says holds here too. */
import type { PostgresMigration } from './migration.ts';

export const auditChain: PostgresMigration = {
  version: 12,
  name: 'audit chain',
  up: `
ALTER TABLE audit ADD COLUMN account text COLLATE "C";
ALTER TABLE audit ADD COLUMN credential text COLLATE "C";
ALTER TABLE audit ADD COLUMN origin text;
ALTER TABLE audit ADD COLUMN sequence bigint;
ALTER TABLE audit ADD COLUMN hash bytea;
CREATE UNIQUE INDEX audit_sequence ON audit (sequence) WHERE sequence IS NOT NULL;
CREATE INDEX audit_account ON audit (account, id) WHERE account IS NOT NULL;
CREATE INDEX audit_credential ON audit (credential, id) WHERE credential IS NOT NULL;
CREATE TABLE audit_head (
  id bigint PRIMARY KEY CHECK (id = 1),
  last bigint NOT NULL,
  hash bytea NOT NULL
);
INSERT INTO audit_head (id, last, hash) VALUES (1, 0, '');
CREATE TABLE audit_text (
  line bigint NOT NULL,
  part bigint NOT NULL,
  salt bytea NOT NULL,
  text text NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (line, part)
);
CREATE INDEX audit_text_at ON audit_text (at);
CREATE INDEX audit_text_text ON audit_text (lower(text COLLATE "C"));
CREATE FUNCTION audit_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a line of the audit log is never changed or removed';
END $$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_line_stays();
CREATE TRIGGER audit_kept BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_line_stays();
`,
};
