/** What waits for a limit is found by it, so that it can be looked at again when that changes; and mail that has to be returned in time. */
import type { Migration } from './migration.ts';

export const waits: Migration = {
  version: 27,
  name: 'waits',
  breaking: false,
  up: `
CREATE INDEX delivery_waits ON delivery (waits_for, due_at) WHERE waits_for IS NOT NULL AND due_at IS NOT NULL;
CREATE INDEX destination_waits ON destination (waits_for) WHERE waits_for IS NOT NULL;
CREATE INDEX message_deliver_by ON message (deliver_by) WHERE by_mode = 'return' AND settled_at IS NULL;
`,
};
