/** Messages that were turned away after DATA, kept for whoever looks for them. */
import type { Migration } from './migration.ts';

export const refusedMessages: Migration = {
  version: 17,
  name: 'refused messages',
  breaking: false,
  up: `
-- credential: its public id. recipients: a JSON array of the first. left_out: those of the account that were not kept since
-- the one before. fix: what an operator can do about it, which the reply does not say.
CREATE TABLE refused_message (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  credential TEXT NOT NULL,
  via TEXT NOT NULL,
  client TEXT NOT NULL,
  refused_at INTEGER NOT NULL,
  reverse_path TEXT NOT NULL,
  recipients TEXT NOT NULL CHECK (json_valid(recipients)),
  recipient_count INTEGER NOT NULL,
  reply TEXT NOT NULL,
  header_from TEXT,
  subject TEXT,
  fix TEXT,
  left_out INTEGER NOT NULL,
  headers BLOB NOT NULL
) STRICT;
CREATE INDEX refused_message_account ON refused_message (account_id, id);
CREATE INDEX refused_message_refused ON refused_message (refused_at);
`,
};
