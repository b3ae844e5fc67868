/** A value sealed under the master key: a key that does not open it is another one (store/sealed-secrets.ts). */
import type { Migration } from './migration.ts';

export const masterKeyCheck: Migration = {
  version: 16,
  name: 'master key check',
  breaking: false,
  up: `
CREATE TABLE master_key_check (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  sealed BLOB NOT NULL
) STRICT;
`,
};
