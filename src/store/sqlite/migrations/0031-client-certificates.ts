/**
 * Credentials that log in by a client certificate: secret_hash and old_secret_hash are then SHA-256 fingerprints, which are
 * public. What is known of a certificate beside them is for the operator: nothing depends on it.
 */
import type { Migration } from './migration.ts';

export const clientCertificates: Migration = {
  version: 31,
  name: 'client certificates',
  breaking: false,
  up: `
-- certificate_subject, certificate_until (its notAfter): of the current certificate, as far as it was given to relayctl.
ALTER TABLE credential ADD COLUMN by_certificate INTEGER NOT NULL DEFAULT 0 CHECK (by_certificate IN (0, 1));
ALTER TABLE credential ADD COLUMN certificate_subject TEXT;
ALTER TABLE credential ADD COLUMN certificate_until INTEGER;
CREATE INDEX credential_certificate ON credential (secret_hash) WHERE by_certificate = 1;
-- The same, of the current certificate as a client last showed it.
ALTER TABLE credential_use ADD COLUMN certificate_subject TEXT;
ALTER TABLE credential_use ADD COLUMN certificate_until INTEGER;
`,
};
