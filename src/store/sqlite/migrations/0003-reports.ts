/** Where notices (DSNs) go, whom a delay was told, and finding a message by the Message-ID that a report shows. */
import type { Migration } from './migration.ts';

export const reports: Migration = {
  version: 3,
  name: 'reports',
  breaking: false,
  up: `
ALTER TABLE credential ADD COLUMN dsn_to TEXT;
ALTER TABLE message ADD COLUMN dsn_to TEXT;
ALTER TABLE delivery ADD COLUMN delay_told INTEGER NOT NULL DEFAULT 0;
CREATE INDEX message_field ON message (message_id_field);
`,
};
