/** Sources: the days of their warm-up, and the providers that one is not used for. What SQLite's migration 21 says holds here too. */
import type { PostgresMigration } from './migration.ts';

export const sources: PostgresMigration = {
  version: 8,
  name: 'sources',
  up: `
CREATE TABLE source_day (
  source text COLLATE "C" NOT NULL,
  provider text COLLATE "C" NOT NULL,
  day bigint NOT NULL,
  step bigint NOT NULL,
  ceiling bigint NOT NULL,
  reason text NOT NULL,
  reserved bigint NOT NULL,
  handed_over bigint NOT NULL,
  turned_away bigint NOT NULL,
  complained bigint NOT NULL,
  PRIMARY KEY (source, provider, day),
  CHECK (reserved BETWEEN 0 AND ceiling)
);
CREATE TABLE source_limit (
  source text COLLATE "C" NOT NULL,
  provider text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  until bigint NOT NULL,
  times bigint NOT NULL,
  class text NOT NULL,
  reply text NOT NULL,
  PRIMARY KEY (source, provider)
);
`,
};
