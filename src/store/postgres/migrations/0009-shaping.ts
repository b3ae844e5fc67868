/** Shaping and control. What SQLite's migration 22 says holds here too. */
import type { PostgresMigration } from './migration.ts';

export const shaping: PostgresMigration = {
  version: 9,
  name: 'shaping',
  up: `
CREATE TABLE shaping_count (
  bucket text COLLATE "C" NOT NULL,
  slot bigint NOT NULL,
  ends_at bigint NOT NULL,
  taken bigint NOT NULL,
  PRIMARY KEY (bucket, slot)
);
CREATE INDEX shaping_count_end ON shaping_count (ends_at);
CREATE TABLE destination_limit (
  subject text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  action text NOT NULL,
  step bigint NOT NULL,
  per_minute bigint,
  connections bigint,
  at bigint NOT NULL,
  changed_at bigint NOT NULL,
  until bigint NOT NULL,
  times bigint NOT NULL,
  rule text NOT NULL,
  reply text NOT NULL,
  destination text NOT NULL,
  PRIMARY KEY (subject, source)
);
CREATE TABLE suspension (
  kind text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  until bigint,
  reason text,
  actor text NOT NULL,
  PRIMARY KEY (kind, subject)
);
ALTER TABLE destination ADD COLUMN waits_for text;
ALTER TABLE delivery ADD COLUMN wish text;
ALTER TABLE delivery ADD COLUMN reroute text;
ALTER TABLE delivery ADD COLUMN waits_for text;
ALTER TABLE delivery ADD COLUMN bulk bigint;
ALTER TABLE message ADD COLUMN priority bigint;
ALTER TABLE message ADD COLUMN deliver_by bigint;
ALTER TABLE message ADD COLUMN by_mode text;
CREATE INDEX delivery_due_first ON delivery (destination_id, account_id, due_at) WHERE due_at IS NOT NULL AND bulk IS NULL;
CREATE INDEX delivery_tried_expiry ON delivery (destination_id, expires_at) WHERE due_at IS NOT NULL AND attempts > 0;
CREATE INDEX delivery_wish ON delivery (id) WHERE wish IS NOT NULL;
CREATE INDEX delivery_state ON delivery (state, id) WHERE state IN ('scheduled', 'deferred', 'held');
`,
};
