/** Broadcast mail in which each recipient gets a link to unsubscribe. */
import { editSchema } from './edit-schema.ts';
import type { Migration } from './migration.ts';

const LAST = ', added_fields TEXT';

export const unsubscribe: Migration = {
  version: 32,
  name: 'unsubscribe',
  breaking: false,
  up: '',
  // one_click: 1: the relay adds List-Unsubscribe fields of each recipient's own; NULL: the message goes as it was given.
  rewrite: (db) => {
    editSchema(db, [{ table: 'message', before: `${LAST})`, after: `${LAST}, one_click INTEGER)` }]);
  },
};
