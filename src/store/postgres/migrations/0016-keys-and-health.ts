/** What SQLite's migration of that name says holds here too. */
import type { PostgresMigration } from './migration.ts';

export const keysAndHealth: PostgresMigration = {
  version: 16,
  name: 'keys and health',
  up: `
ALTER TABLE dkim_key ADD COLUMN failed_looks bigint NOT NULL DEFAULT 0;
ALTER TABLE dkim_key ADD COLUMN dropped_at bigint;
UPDATE dkim_key SET failed_looks = 1 WHERE failing_since IS NOT NULL;
CREATE INDEX message_unsettled_domain ON message (signing_domain, accepted_at) WHERE settled_at IS NULL;
ALTER TABLE account ADD COLUMN health text NOT NULL DEFAULT '{}';
`,
};
