/**
 * A credential's version: the directory's version at the last change of what it may do, 0 as it was made. An accept names
 * the version that it was authorized with. Triggers raise it, so that no statement, and no other program, can forget to: a
 * change of the credential's row, and the loss of a domain, which narrows every credential of its account.
 */
import type { Migration } from './migration.ts';

const RAISE = 'UPDATE counter SET directory_version = directory_version + 1';
const VERSION = '(SELECT directory_version FROM counter)';
const NARROWED = `${RAISE};
  UPDATE credential SET version = ${VERSION} WHERE account_id = old.account_id;`;

export const credentialVersions: Migration = {
  version: 13,
  name: 'credential versions',
  breaking: false,
  up: `
ALTER TABLE credential ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
CREATE INDEX credential_version ON credential (version);

CREATE TRIGGER credential_changed AFTER UPDATE ON credential WHEN new.version = old.version
BEGIN
  ${RAISE};
  UPDATE credential SET version = ${VERSION} WHERE id = new.id;
END;

CREATE TRIGGER domain_unverified AFTER UPDATE OF verified_at ON domain
WHEN old.verified_at IS NOT NULL AND new.verified_at IS NULL
BEGIN
  ${NARROWED}
END;

CREATE TRIGGER domain_removed AFTER DELETE ON domain
BEGIN
  ${NARROWED}
END;
`,
};
