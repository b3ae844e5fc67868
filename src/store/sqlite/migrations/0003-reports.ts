/** Where notices (DSNs) go, and who was told of a delay. */
import type { Migration } from './migration.ts';

export const reports: Migration = {
  version: 3,
  name: 'reports',
  breaking: false,
  up: `
ALTER TABLE credential ADD COLUMN dsn_to TEXT;
ALTER TABLE message ADD COLUMN dsn_to TEXT;
ALTER TABLE delivery ADD COLUMN delay_told INTEGER NOT NULL DEFAULT 0;
`,
};
