/**
 * Tries of a destination that failed as a whole are kept once, with the destination, however many deliveries wait for it:
 * each of these sees the ones since it began to wait (docs/adr/0007-tries-of-a-destination.md).
 */
import type { Migration } from './migration.ts';

export const destinationTries: Migration = {
  version: 15,
  name: 'tries of a destination',
  breaking: false,
  up: `
-- The number of the last one.
ALTER TABLE destination ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
-- number: which try; part: which address in it. The columns of attempt.
CREATE TABLE destination_try (
  destination_id INTEGER NOT NULL REFERENCES destination (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  part INTEGER NOT NULL,
  at INTEGER NOT NULL,
  host TEXT,
  address TEXT,
  tls TEXT,
  reply_code INTEGER,
  status TEXT,
  text TEXT NOT NULL,
  stage TEXT NOT NULL,
  duration_ms INTEGER NOT NULL,
  local_class TEXT,
  PRIMARY KEY (destination_id, number, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX destination_try_at ON destination_try (destination_id, at);
`,
};
