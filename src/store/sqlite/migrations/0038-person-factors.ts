/** Second factors of people, their recovery codes, and what of short-lived tokens was used already. */
import type { Migration } from './migration.ts';

export const personFactors: Migration = {
  version: 38,
  name: 'person-factors',
  breaking: false,
  up: `
CREATE TABLE person_factor (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  -- Of a TOTP: the secret, and the last time step that was accepted.
  sealed_secret BLOB,
  last_step INTEGER,
  -- Of a passkey.
  credential_id BLOB UNIQUE,
  public_key BLOB,
  counter INTEGER,
  used_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX person_factor_person ON person_factor (person_id);
-- A person has one TOTP.
CREATE UNIQUE INDEX person_factor_totp ON person_factor (person_id) WHERE kind = 'totp';
CREATE TABLE person_recovery_code (
  person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  code_hash BLOB NOT NULL,
  PRIMARY KEY (person_id, code_hash)
) STRICT, WITHOUT ROWID;
-- SHA-256 of tokens and challenges that were used, until they would have expired anyway.
CREATE TABLE person_used_token (
  token_hash BLOB PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX person_used_token_expires ON person_used_token (expires_at);
-- When the person has last shown who it is.
ALTER TABLE person_session ADD COLUMN confirmed_at INTEGER NOT NULL DEFAULT 0;
`,
};
