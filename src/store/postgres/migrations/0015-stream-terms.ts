/** What SQLite's migration 29 says holds here too. */
import type { PostgresMigration } from './migration.ts';

export const streamTerms: PostgresMigration = {
  version: 15,
  name: 'stream terms',
  up: `
ALTER TABLE stream ADD COLUMN terms text NOT NULL DEFAULT '{}';
CREATE TABLE stream_misfit (
  account_id bigint NOT NULL,
  stream text COLLATE "C" NOT NULL,
  misfit text NOT NULL,
  first_at bigint NOT NULL,
  last_at bigint NOT NULL,
  messages bigint NOT NULL,
  example text NOT NULL,
  PRIMARY KEY (account_id, stream, misfit),
  FOREIGN KEY (account_id, stream) REFERENCES stream (account_id, name) ON DELETE CASCADE
);
ALTER TABLE message ADD COLUMN added_fields text;
`,
};
