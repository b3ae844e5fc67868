/** What SQLite's migration 24 says holds here too. */
import type { PostgresMigration } from './migration.ts';

export const credentialsInUse: PostgresMigration = {
  version: 11,
  name: 'credentials in use',
  up: `
ALTER TABLE credential ADD COLUMN limits text NOT NULL DEFAULT '{}';
ALTER TABLE credential ADD COLUMN old_secret_hash bytea;
ALTER TABLE credential ADD COLUMN old_secret_until bigint;
CREATE INDEX credential_old_secret ON credential (old_secret_hash) WHERE old_secret_hash IS NOT NULL;

CREATE TABLE credential_use (
  credential_id bigint PRIMARY KEY REFERENCES credential (id) ON DELETE CASCADE,
  at bigint NOT NULL,
  address text,
  name text,
  tls text,
  secret_at bigint,
  old_secret_at bigint,
  networks text NOT NULL,
  new_network text,
  new_network_at bigint
);
INSERT INTO credential_use (credential_id, at, networks)
  SELECT id, CAST(extract(epoch FROM now()) * 1000 AS bigint), '[]' FROM credential;

CREATE TABLE usage_count (
  holder text COLLATE "C" NOT NULL,
  period bigint NOT NULL,
  number bigint NOT NULL,
  messages bigint NOT NULL,
  recipients bigint NOT NULL,
  new_recipients bigint NOT NULL,
  ends_at bigint NOT NULL,
  PRIMARY KEY (holder, period, number)
);
CREATE INDEX usage_count_end ON usage_count (ends_at);
CREATE TABLE known_recipient (
  holder text COLLATE "C" NOT NULL,
  recipient text COLLATE "C" NOT NULL,
  day bigint NOT NULL,
  PRIMARY KEY (holder, recipient)
);
CREATE INDEX known_recipient_day ON known_recipient (day);
`,
};
