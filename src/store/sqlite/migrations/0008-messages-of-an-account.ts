/** The messages of one account are found without a look at those of the others. */
import type { Migration } from './migration.ts';

export const messagesOfAnAccount: Migration = {
  version: 8,
  name: 'messages of an account',
  breaking: false,
  up: `
CREATE INDEX message_account ON message (account_id);
`,
};
