/** What SQLite's migration 26 says holds here too. */
import type { PostgresMigration } from './migration.ts';

export const accountTerms: PostgresMigration = {
  version: 13,
  name: 'account terms',
  up: `
ALTER TABLE account ADD COLUMN limits text NOT NULL DEFAULT '{}';
ALTER TABLE account ADD COLUMN storage bigint;
ALTER TABLE account ADD COLUMN retain_content bigint;
ALTER TABLE account ADD COLUMN retain_metadata bigint;
ALTER TABLE account ADD COLUMN retain_events bigint;
ALTER TABLE account ADD COLUMN removing_since bigint;
ALTER TABLE account ADD COLUMN version bigint NOT NULL DEFAULT 0;
ALTER TABLE counter ADD COLUMN credentials_gone bigint NOT NULL DEFAULT 0;
CREATE INDEX account_removing ON account (id) WHERE removing_since IS NOT NULL;
CREATE TABLE account_storage (
  account_id bigint PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  octets bigint NOT NULL,
  below bigint NOT NULL DEFAULT 0
);
CREATE INDEX account_storage_counting ON account_storage (account_id) WHERE below > 0;
-- It has no index for that: removing a credential would read it through, and counting need not look for the credential.
ALTER TABLE credential_usage DROP CONSTRAINT credential_usage_credential_id_fkey;
CREATE OR REPLACE FUNCTION domain_lost() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE counter SET directory_version = directory_version + 1;
  UPDATE credential SET version = (SELECT directory_version FROM counter)
    WHERE account_id = OLD.account_id AND revoked_at IS NULL;
  RETURN NULL;
END $$;
`,
};
