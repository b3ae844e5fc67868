/**
 * DKIM keys that are dropped only after several looks, and that may go when the mail of their domain is settled; accounts with limits of
 * sending health of their own.
 */
import type { Migration } from './migration.ts';

export const keysAndHealth: Migration = {
  version: 30,
  name: 'keys and health',
  breaking: false,
  up: `
-- failed_looks: how often its record was found missing or different since failing_since. dropped_at: since when it is left out of
-- signatures while the domain has another key.
ALTER TABLE dkim_key ADD COLUMN failed_looks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dkim_key ADD COLUMN dropped_at INTEGER;
UPDATE dkim_key SET failed_looks = 1 WHERE failing_since IS NOT NULL;
-- Which mail keeps an old key of a domain, whatever else waits.
CREATE INDEX message_unsettled_domain ON message (signing_domain, accepted_at) WHERE settled_at IS NULL;
-- Limits of sending health by their names; those that are not there are as configured. A share that is null: never.
ALTER TABLE account ADD COLUMN health TEXT NOT NULL DEFAULT '{}';
`,
};
