/**
 * What has expired is found beneath a destination, however much waits there before it: while a destination fails, little
 * of its queue is looked at, and the sender of a short-lived message would learn of its end hours late.
 */
import type { Migration } from './migration.ts';

export const expiry: Migration = {
  version: 4,
  name: 'expiry',
  breaking: false,
  up: `
ALTER TABLE delivery ADD COLUMN expires_at INTEGER;
UPDATE delivery SET expires_at = (SELECT expires_at FROM message WHERE message.id = delivery.id / 16384)
  WHERE settled_at IS NULL;
CREATE INDEX delivery_expiry ON delivery (destination_id, expires_at) WHERE due_at IS NOT NULL;
`,
};
