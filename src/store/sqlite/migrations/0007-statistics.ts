/**
 * Counts by hour and by day, and how long deliveries took, written with the events that they count; and runs of soft
 * bounces that outlive a delivery.
 */
import type { Migration } from './migration.ts';

export const statistics: Migration = {
  version: 7,
  name: 'statistics',
  breaking: false,
  up: `
-- Messages delivered since the last soft bounce of a run, which have not come back: while there are any, it is over.
ALTER TABLE soft_bounce ADD COLUMN arrivals INTEGER NOT NULL DEFAULT 0;

-- span: 1 hour, 2 day, 3 month (names only); number: so many since the epoch, UTC. kind: 1 account (name ''), 2 domain, 3 stream,
-- 4 destination, 5 tag, 6 credential (its public id). The number stands before the name: what is written at a time lies
-- together, and so does what a query for some weeks reads. times: store/delivery-times.ts.
CREATE TABLE statistic (
  span INTEGER NOT NULL CHECK (span BETWEEN 1 AND 3),
  account_id INTEGER NOT NULL,
  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 6),
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  accepted INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0,
  deferred INTEGER NOT NULL DEFAULT 0,
  bounced_hard INTEGER NOT NULL DEFAULT 0,
  bounced_soft INTEGER NOT NULL DEFAULT 0,
  returned INTEGER NOT NULL DEFAULT 0,
  expired INTEGER NOT NULL DEFAULT 0,
  suppressed INTEGER NOT NULL DEFAULT 0,
  complained INTEGER NOT NULL DEFAULT 0,
  unsubscribed INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0,
  opened INTEGER NOT NULL DEFAULT 0,
  clicked INTEGER NOT NULL DEFAULT 0,
  first_attempt INTEGER NOT NULL DEFAULT 0,
  times BLOB,
  PRIMARY KEY (span, account_id, kind, number, name)
) STRICT, WITHOUT ROWID;

-- What a transaction counted and what is not in the rows above yet: one row a transaction, folded in some dozens at a
-- time (store/sqlite/statistic-delta.ts). A reader adds both.
CREATE TABLE statistic_delta (
  id INTEGER PRIMARY KEY,
  data TEXT NOT NULL CHECK (json_valid(data))
) STRICT;
`,
};
