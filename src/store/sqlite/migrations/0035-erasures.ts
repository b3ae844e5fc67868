/** Erasures that run: whose data goes, what stands in its place, and how far it came. A row goes with the last step. */
import type { Migration } from './migration.ts';

export const erasures: Migration = {
  version: 35,
  name: 'erasures',
  breaking: false,
  up: `
CREATE TABLE erasure (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  account_id INTEGER NOT NULL REFERENCES account (id),
  address TEXT NOT NULL,
  pseudonym TEXT NOT NULL,
  hash TEXT NOT NULL,
  known_as TEXT NOT NULL,
  -- JSON: how far it came (store/sql/erasure/erasure.ts).
  progress TEXT NOT NULL,
  since INTEGER NOT NULL,
  UNIQUE (account_id, address)
) STRICT;
`,
};
