/** What an operator can do about a message that was turned away, which the client's reply does not say. */
import type { Migration } from './migration.ts';

export const remediesOfRefusals: Migration = {
  version: 18,
  name: 'remedies of refusals',
  breaking: false,
  up: `
ALTER TABLE refused_message ADD COLUMN fix TEXT;
`,
};
