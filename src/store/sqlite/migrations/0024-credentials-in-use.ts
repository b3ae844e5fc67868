/**
 * Credentials in use: limits by name, an old secret that is valid for a while beside the new one, and where each was last used
 * from. Use is counted by holder, which is a credential or an account, for the limits that both may have.
 */
import type { Migration } from './migration.ts';

export const credentialsInUse: Migration = {
  version: 24,
  name: 'credentials in use',
  breaking: false,
  up: `
-- limits: a JSON object by the names of policy/usage-limits.ts. old_secret_hash: valid until old_secret_until.
ALTER TABLE credential ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';
ALTER TABLE credential ADD COLUMN old_secret_hash BLOB;
ALTER TABLE credential ADD COLUMN old_secret_until INTEGER;
CREATE INDEX credential_old_secret ON credential (old_secret_hash) WHERE old_secret_hash IS NOT NULL;

-- Last use: name is the EHLO name or the user agent, tls a version or NULL. secret_at, old_secret_at: of either secret.
-- Those that were there before begin with a row without an address: nobody knows when they were used.
-- networks: a JSON array of those it was used from, as [network, first, last]; new_network: the last one that was new to it.
CREATE TABLE credential_use (
  credential_id INTEGER PRIMARY KEY REFERENCES credential (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  address TEXT,
  name TEXT,
  tls TEXT,
  secret_at INTEGER,
  old_secret_at INTEGER,
  networks TEXT NOT NULL,
  new_network TEXT,
  new_network_at INTEGER
) STRICT;
INSERT INTO credential_use (credential_id, at, networks) SELECT id, unixepoch() * 1000, '[]' FROM credential;

-- holder: a credential's or an account's public id. period: seconds. number: of the period since 1970.
CREATE TABLE usage_count (
  holder TEXT NOT NULL,
  period INTEGER NOT NULL,
  number INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  recipients INTEGER NOT NULL,
  new_recipients INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  PRIMARY KEY (holder, period, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_count_end ON usage_count (ends_at);
-- recipient: keyed hash of the address, in base64. day: since 1970. Only of holders with a limit of new recipients.
CREATE TABLE known_recipient (
  holder TEXT NOT NULL,
  recipient TEXT NOT NULL,
  day INTEGER NOT NULL,
  PRIMARY KEY (holder, recipient)
) STRICT, WITHOUT ROWID;
CREATE INDEX known_recipient_day ON known_recipient (day);
`,
};
