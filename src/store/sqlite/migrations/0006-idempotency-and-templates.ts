/** What a repeated request is answered with, templates with their versions, and API keys found by what was given. */
import type { Migration } from './migration.ts';

export const idempotencyAndTemplates: Migration = {
  version: 6,
  name: 'idempotency and templates',
  breaking: false,
  up: `
CREATE UNIQUE INDEX credential_secret ON credential (secret_hash) WHERE kind = 'api';

-- body_hash is NULL for mail by SMTP: there the key alone decides.
CREATE TABLE idempotency (
  credential_id INTEGER NOT NULL REFERENCES credential (id),
  key TEXT NOT NULL,
  body_hash BLOB,
  result TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (credential_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_created ON idempotency (created_at);

CREATE TABLE template (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  account_id INTEGER NOT NULL REFERENCES account (id),
  name TEXT NOT NULL,
  latest_version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (account_id, name)
) STRICT;

CREATE TABLE template_version (
  template_id INTEGER NOT NULL REFERENCES template (id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  subject TEXT,
  html TEXT,
  text TEXT,
  variables TEXT NOT NULL CHECK (json_valid(variables)),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (template_id, version)
) STRICT, WITHOUT ROWID;
`,
};
