/**
 * Domains over time: what each key's look-ups found and when it signed, when a domain's look-ups failed, and every selector
 * that was ever made, so that none is made again after its domain was removed.
 */
import type { Migration } from './migration.ts';

export const domainsInTime: Migration = {
  version: 23,
  name: 'domains in time',
  breaking: false,
  up: `
-- seen_at: last published as it should be. seen_since: since when each look found it so, while it is pending. failing_since:
-- since when it is known not to be. activated_at, retired_at: when it began to sign, and ended. removable_at: since when its
-- record may go.
ALTER TABLE dkim_key ADD COLUMN seen_at INTEGER;
ALTER TABLE dkim_key ADD COLUMN seen_since INTEGER;
ALTER TABLE dkim_key ADD COLUMN failing_since INTEGER;
ALTER TABLE dkim_key ADD COLUMN activated_at INTEGER;
ALTER TABLE dkim_key ADD COLUMN retired_at INTEGER;
ALTER TABLE dkim_key ADD COLUMN removable_at INTEGER;
-- failed_looks: how often its DKIM records were found failing since failing_since. delegated: 1, its DKIM names are CNAMEs to
-- names in the relay's own zone. rotate_every: milliseconds; NULL as configured.
ALTER TABLE domain ADD COLUMN failed_looks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN delegated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN rotate_every INTEGER;
-- Outlives the domain.
CREATE TABLE dkim_selector (
  domain TEXT NOT NULL,
  selector TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (domain, selector)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO dkim_selector (domain, selector, at)
  SELECT d.name, k.selector, k.created_at FROM dkim_key k JOIN domain d ON d.id = k.domain_id;
UPDATE dkim_key SET activated_at = created_at WHERE state = 'active';
UPDATE domain SET failed_looks = 1 WHERE failing_since IS NOT NULL;
`,
};
