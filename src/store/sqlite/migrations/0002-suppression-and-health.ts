/**
 * Runs of soft bounces, destinations that suppress nobody for a while, the event that a suppression rests on, and the
 * counters and restrictions of health.
 */
import type { Migration } from './migration.ts';

export const suppressionAndHealth: Migration = {
  version: 2,
  name: 'suppression and health',
  breaking: false,
  up: `
-- Messages in a row to an address that ended in a soft bounce. A delivery that succeeds removes the row.
CREATE TABLE soft_bounce (
  account_id INTEGER NOT NULL REFERENCES account (id),
  address TEXT NOT NULL,
  messages INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX soft_bounce_last ON soft_bounce (last_at);

-- The sequence of the event that a suppression rests on; NULL where a person or a file said so.
ALTER TABLE suppression ADD COLUMN event INTEGER;
CREATE INDEX suppression_expires ON suppression (expires_at) WHERE expires_at IS NOT NULL;

-- Until then unknown addresses there are not suppressed: suddenly it knew nobody.
ALTER TABLE destination ADD COLUMN withholds_until INTEGER;
CREATE INDEX destination_withholds ON destination (withholds_until) WHERE withholds_until IS NOT NULL;

-- What became of deliveries, by hour. kind: 1 account, 2 domain, 3 stream, 4 destination (of all accounts: account_id 0).
CREATE TABLE health_hour (
  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),
  hour INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  delivered INTEGER NOT NULL,
  hard_bounced INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  complained INTEGER NOT NULL,
  PRIMARY KEY (kind, hour, account_id, name)
) STRICT, WITHOUT ROWID;

-- What health has decided for an account (stream '') or a stream. counts_from: the first hour that is judged; a release
-- moves it. per_minute: deliveries let through while it is throttled.
CREATE TABLE health_state (
  account_id INTEGER NOT NULL REFERENCES account (id),
  stream TEXT NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('good', 'warn', 'throttle', 'hold')),
  reason TEXT NOT NULL,
  per_minute INTEGER CHECK (per_minute > 0),
  since INTEGER NOT NULL,
  counts_from INTEGER NOT NULL,
  PRIMARY KEY (account_id, stream)
) STRICT, WITHOUT ROWID;
`,
};
