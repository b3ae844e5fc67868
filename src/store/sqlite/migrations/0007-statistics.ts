/** Counts by hour and by day, and how long deliveries took, written with the events that they count. */
import type { Migration } from './migration.ts';

export const statistics: Migration = {
  version: 7,
  name: 'statistics',
  breaking: false,
  up: `
-- Messages delivered since the last soft bounce of a run, which have not come back: while there are any, it is over.
ALTER TABLE soft_bounce ADD COLUMN arrivals INTEGER NOT NULL DEFAULT 0;

-- kind: 1 account, 2 domain, 3 stream, 4 destination, 5 tag, 6 credential. span: hours or days since the epoch.
CREATE TABLE statistic (
  span TEXT NOT NULL CHECK (span IN ('hour', 'day')),
  account_id INTEGER NOT NULL,
  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 6),
  name TEXT NOT NULL,
  number INTEGER NOT NULL,
  counts TEXT NOT NULL CHECK (json_valid(counts)),
  PRIMARY KEY (span, account_id, kind, name, number)
) STRICT, WITHOUT ROWID;
`,
};
