/** Attempts that failed for a reason of this relay's own say which: their words are not taken for a remote's. */
import type { Migration } from './migration.ts';

export const ownFailures: Migration = {
  version: 14,
  name: 'own failures',
  breaking: false,
  up: 'ALTER TABLE attempt ADD COLUMN local_class TEXT',
};
