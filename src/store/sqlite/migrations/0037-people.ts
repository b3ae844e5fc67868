/** People who use the dashboard, what they may do, their invitations and their sessions. */
import type { Migration } from './migration.ts';

export const people: Migration = {
  version: 37,
  name: 'people',
  breaking: false,
  up: `
CREATE TABLE person (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password TEXT,
  -- SHA-256 of the token of the last invitation, until it is taken.
  invite_hash BLOB UNIQUE,
  invited_until INTEGER,
  suspended_at INTEGER,
  signed_in_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE person_grant (
  person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  -- 0: every account.
  account_id INTEGER NOT NULL,
  role TEXT NOT NULL,
  reads_content INTEGER NOT NULL,
  PRIMARY KEY (person_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_grant_account ON person_grant (account_id);
CREATE TABLE person_session (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT
) STRICT;
CREATE INDEX person_session_person ON person_session (person_id, seen_at);
CREATE INDEX person_session_expires ON person_session (expires_at);
`,
};
