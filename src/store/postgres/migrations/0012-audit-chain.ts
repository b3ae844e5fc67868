/** What SQLite's migration 25 says holds here too. */
import type { PostgresMigration } from './migration.ts';

export const auditChain: PostgresMigration = {
  version: 12,
  name: 'audit chain',
  up: `
ALTER TABLE audit ADD COLUMN account text;
ALTER TABLE audit ADD COLUMN credential text;
ALTER TABLE audit ADD COLUMN origin text;
ALTER TABLE audit ADD COLUMN hash bytea;
CREATE TABLE audit_head (
  id bigint PRIMARY KEY CHECK (id = 1),
  last bigint NOT NULL,
  hash bytea NOT NULL
);
INSERT INTO audit_head (id, last, hash) SELECT 1, coalesce(max(id), 0), ''::bytea FROM audit;
CREATE TABLE audit_text (
  keyed bytea NOT NULL PRIMARY KEY,
  text text NOT NULL,
  at bigint NOT NULL
);
CREATE FUNCTION audit_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a line of the audit log is never changed or removed';
END $$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW
  WHEN (OLD.hash IS NOT NULL) EXECUTE FUNCTION audit_line_stays();
`,
};
