/** Reports that nobody vouches for, kept until an operator looks at them; and what of reports is bounded by the hour or day. */
import type { Migration } from './migration.ts';

export const unverifiedReports: Migration = {
  version: 12,
  name: 'unverified reports',
  breaking: false,
  up: `
-- message_id: what the report names, as a hint. reading: the report as it was read, JSON; NULL when it could not be.
CREATE TABLE unverified_report (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  received_at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  form TEXT NOT NULL,
  recipient TEXT,
  message_id TEXT,
  client TEXT NOT NULL,
  why TEXT NOT NULL,
  applied_at INTEGER,
  reading TEXT,
  headers BLOB NOT NULL
) STRICT;
CREATE INDEX unverified_report_account ON unverified_report (account_id, id);
CREATE INDEX unverified_report_received ON unverified_report (received_at);

-- since: when the hour or day began that is counted.
CREATE TABLE report_count (
  since INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  subject TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (since, account_id, subject)
) STRICT, WITHOUT ROWID;
`,
};
