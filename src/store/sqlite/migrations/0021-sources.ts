/** Sources: the days of their warm-up, and the providers that one is not used for. */
import type { Migration } from './migration.ts';

export const sources: Migration = {
  version: 21,
  name: 'sources',
  breaking: false,
  up: `
-- provider: a name in config/providers.toml, or 'other'. day: since 1970-01-01, UTC. step: place in the plan; its length or
-- more: warm. reserved: what was given out to nodes, at most the ceiling. The counts are those of recipients.
CREATE TABLE source_day (
  source TEXT NOT NULL,
  provider TEXT NOT NULL,
  day INTEGER NOT NULL,
  step INTEGER NOT NULL,
  ceiling INTEGER NOT NULL,
  reason TEXT NOT NULL,
  reserved INTEGER NOT NULL,
  handed_over INTEGER NOT NULL,
  turned_away INTEGER NOT NULL,
  complained INTEGER NOT NULL,
  PRIMARY KEY (source, provider, day),
  CHECK (reserved BETWEEN 0 AND ceiling)
) STRICT, WITHOUT ROWID;
-- provider: as above, or the first MX host of a site that is no known provider's. times: how often in a row.
CREATE TABLE source_limit (
  source TEXT NOT NULL,
  provider TEXT NOT NULL,
  at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  times INTEGER NOT NULL,
  class TEXT NOT NULL,
  reply TEXT NOT NULL,
  PRIMARY KEY (source, provider)
) STRICT, WITHOUT ROWID;
`,
};
