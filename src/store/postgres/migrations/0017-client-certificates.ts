/** What SQLite's migration 31 says holds here too. */
import type { PostgresMigration } from './migration.ts';

export const clientCertificates: PostgresMigration = {
  version: 17,
  name: 'client certificates',
  up: `
ALTER TABLE credential ADD COLUMN by_certificate bigint NOT NULL DEFAULT 0 CHECK (by_certificate IN (0, 1));
ALTER TABLE credential ADD COLUMN certificate_subject text;
ALTER TABLE credential ADD COLUMN certificate_until bigint;
CREATE INDEX credential_certificate ON credential (secret_hash) WHERE by_certificate = 1;
ALTER TABLE credential_use ADD COLUMN certificate_subject text;
ALTER TABLE credential_use ADD COLUMN certificate_until bigint;
`,
};
