/** What SQLite's migration of the same name says holds here too. */
import type { PostgresMigration } from './migration.ts';

export const personIdentities: PostgresMigration = {
  version: 25,
  name: 'person-identities',
  up: `
CREATE TABLE person_identity (
  person_id bigint PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
  issuer text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  linked_at bigint NOT NULL,
  UNIQUE (issuer, subject)
);
`,
};
