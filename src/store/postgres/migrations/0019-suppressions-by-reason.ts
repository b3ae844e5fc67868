/** What SQLite's migration 33 says holds here too. */
import type { PostgresMigration } from './migration.ts';

export const suppressionsByReason: PostgresMigration = {
  version: 19,
  name: 'suppressions by reason',
  breaking: true,
  up: `
ALTER TABLE suppression DROP CONSTRAINT suppression_pkey;
ALTER TABLE suppression ADD PRIMARY KEY (account_id, address, scope, reason);
`,
};
