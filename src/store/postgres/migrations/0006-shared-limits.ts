/** Limits that nodes keep together: buckets of tokens. A row is of no more use when it is full, which it soon is. */
import type { PostgresMigration } from './migration.ts';

export const sharedLimits: PostgresMigration = {
  version: 6,
  name: 'shared-limits',
  up: `
CREATE TABLE shared_bucket (
  name text COLLATE "C" PRIMARY KEY,
  at bigint NOT NULL,
  tokens double precision NOT NULL,
  granted double precision NOT NULL
);
`,
};
