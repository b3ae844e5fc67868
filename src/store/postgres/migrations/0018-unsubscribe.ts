/** Broadcast mail in which each recipient gets a link to unsubscribe. */
import type { PostgresMigration } from './migration.ts';

export const unsubscribe: PostgresMigration = {
  version: 18,
  name: 'unsubscribe',
  up: `
-- one_click: 1: the relay adds List-Unsubscribe fields of each recipient's own; NULL: the message goes as it was given.
ALTER TABLE message ADD COLUMN one_click bigint;
`,
};
