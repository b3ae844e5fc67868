/**
 * A domain's name is unique in its account only: any account may claim it, and the DKIM records decide. What was
 * verified stays so, with its keys and selectors. The table of keys is made anew as well, since it refers to the other
 * one and would be emptied with it.
 */
import type { Migration } from './migration.ts';

export const domainClaims: Migration = {
  version: 10,
  name: 'domain claims',
  breaking: true,
  up: `
-- failing_since: since when the DKIM records of a claim that was verified are known to fail. A claim that is verified,
-- or was and fails, holds the name: there is one at most.
CREATE TABLE domain_next (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  account_id INTEGER NOT NULL REFERENCES account (id),
  name TEXT NOT NULL,
  verified_at INTEGER,
  failing_since INTEGER,
  record_status TEXT NOT NULL CHECK (json_valid(record_status)),
  created_at INTEGER NOT NULL,
  UNIQUE (account_id, name)
) STRICT;
INSERT INTO domain_next SELECT id, public_id, account_id, name, verified_at, NULL, record_status, created_at FROM domain;

CREATE TABLE dkim_key_next (
  id INTEGER PRIMARY KEY,
  domain_id INTEGER NOT NULL REFERENCES domain_next (id) ON DELETE CASCADE,
  selector TEXT NOT NULL,
  algorithm TEXT NOT NULL CHECK (algorithm IN ('rsa-sha256', 'ed25519-sha256')),
  sealed_private_key BLOB NOT NULL,
  public_key TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'pending', 'retired')),
  created_at INTEGER NOT NULL,
  UNIQUE (domain_id, selector)
) STRICT;
INSERT INTO dkim_key_next SELECT id, domain_id, selector, algorithm, sealed_private_key, public_key, state, created_at
  FROM dkim_key;

DROP TABLE dkim_key;
DROP TABLE domain;
ALTER TABLE domain_next RENAME TO domain;
ALTER TABLE dkim_key_next RENAME TO dkim_key;
CREATE UNIQUE INDEX domain_holder ON domain (name) WHERE verified_at IS NOT NULL OR failing_since IS NOT NULL;
`,
};
