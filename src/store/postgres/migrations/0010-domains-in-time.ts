/** What SQLite's migration 23 says holds here too. */
import type { PostgresMigration } from './migration.ts';

export const domainsInTime: PostgresMigration = {
  version: 10,
  name: 'domains in time',
  up: `
ALTER TABLE dkim_key ADD COLUMN seen_at bigint;
ALTER TABLE dkim_key ADD COLUMN seen_since bigint;
ALTER TABLE dkim_key ADD COLUMN failing_since bigint;
ALTER TABLE dkim_key ADD COLUMN activated_at bigint;
ALTER TABLE dkim_key ADD COLUMN retired_at bigint;
ALTER TABLE dkim_key ADD COLUMN removable_at bigint;
ALTER TABLE domain ADD COLUMN failed_looks bigint NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN delegated bigint NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN rotate_every bigint;
CREATE TABLE dkim_selector (
  domain text COLLATE "C" NOT NULL,
  selector text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (domain, selector)
);
INSERT INTO dkim_selector (domain, selector, at)
  SELECT d.name, k.selector, k.created_at FROM dkim_key k JOIN domain d ON d.id = k.domain_id
  ON CONFLICT DO NOTHING;
UPDATE dkim_key SET activated_at = created_at WHERE state = 'active';
UPDATE domain SET failed_looks = 1 WHERE failing_since IS NOT NULL;
`,
};
