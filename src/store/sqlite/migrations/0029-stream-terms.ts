/** What streams say of their mail, and mail that does not fit its stream. */
import { editSchema } from './edit-schema.ts';
import type { Migration } from './migration.ts';

const COLUMNS = ', dsn_to TEXT, priority INTEGER, deliver_by INTEGER, by_mode TEXT';

export const streamTerms: Migration = {
  version: 29,
  name: 'stream terms',
  breaking: false,
  up: `
-- terms: JSON (StreamTerms in store/directory-records.ts), written and read whole.
ALTER TABLE stream ADD COLUMN terms TEXT NOT NULL DEFAULT '{}';
CREATE TABLE stream_misfit (
  account_id INTEGER NOT NULL,
  stream TEXT NOT NULL,
  misfit TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  example TEXT NOT NULL,
  PRIMARY KEY (account_id, stream, misfit),
  FOREIGN KEY (account_id, stream) REFERENCES stream (account_id, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
`,
  // added_fields: header lines on top of the content that is stored, of streams that have such; NULL: none.
  rewrite: (db) => {
    editSchema(db, [{ table: 'message', before: `${COLUMNS})`, after: `${COLUMNS}, added_fields TEXT)` }]);
  },
};
