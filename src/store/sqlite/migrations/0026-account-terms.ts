/**
 * Accounts with terms of their own: limits, storage and retention; and their end, which takes place step by step since everything
 * that they have goes with them.
 */
import type { Migration } from './migration.ts';

export const accountTerms: Migration = {
  version: 26,
  name: 'account terms',
  breaking: false,
  up: `
-- limits: as a credential's. storage: octets of content kept at most. retain_*: milliseconds; NULL as configured.
-- removing_since: it is being removed: nothing of it is valid any more. version: the directory's at the last change of its terms.
ALTER TABLE account ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';
ALTER TABLE account ADD COLUMN storage INTEGER;
ALTER TABLE account ADD COLUMN retain_content INTEGER;
ALTER TABLE account ADD COLUMN retain_metadata INTEGER;
ALTER TABLE account ADD COLUMN retain_events INTEGER;
ALTER TABLE account ADD COLUMN removing_since INTEGER;
ALTER TABLE account ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
-- credentials_gone: the directory's version when credentials were last removed with their account.
ALTER TABLE counter ADD COLUMN credentials_gone INTEGER NOT NULL DEFAULT 0;
CREATE INDEX account_removing ON account (id) WHERE removing_since IS NOT NULL;
-- Octets of content that is kept, of accounts with a limit of storage: of their messages from below on; those before it are
-- counted later. below = 0: all are counted.
CREATE TABLE account_storage (
  account_id INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  octets INTEGER NOT NULL,
  below INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX account_storage_counting ON account_storage (account_id) WHERE below > 0;
-- The loss of a domain narrows the credentials that are still valid: of an account with many domains and credentials that is
-- being removed, all were revoked before.
DROP TRIGGER domain_removed;
CREATE TRIGGER domain_removed AFTER DELETE ON domain
BEGIN
  UPDATE counter SET directory_version = directory_version + 1;
  UPDATE credential SET version = (SELECT directory_version FROM counter)
    WHERE account_id = old.account_id AND revoked_at IS NULL;
END;
`,
};
