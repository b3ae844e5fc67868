/** Who a person is at an OpenID Connect provider: one identity a person, one person an identity. */
import type { Migration } from './migration.ts';

export const personIdentities: Migration = {
  version: 39,
  name: 'person-identities',
  breaking: false,
  up: `
CREATE TABLE person_identity (
  person_id INTEGER PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
  -- As the provider says them: compared octet by octet.
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  linked_at INTEGER NOT NULL,
  UNIQUE (issuer, subject)
) STRICT;
`,
};
