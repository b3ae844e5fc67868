/**
 * Events that are about an account and not about a delivery (a decision of health, a webhook that was paused), the
 * message's metadata beside its tags, and webhooks: who is told of which events, and what became of the telling.
 */
import type { Migration } from './migration.ts';

export const eventsAndWebhooks: Migration = {
  version: 5,
  name: 'events and webhooks',
  breaking: true,
  up: `
CREATE TABLE event_next (
  sequence INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  account_id INTEGER NOT NULL REFERENCES account (id),
  -- These four are NULL where the event is about the account itself.
  message_id TEXT,
  recipient_number INTEGER,
  recipient TEXT,
  stream TEXT,
  tags TEXT,
  metadata TEXT,
  data TEXT
) STRICT;
INSERT INTO event_next SELECT sequence, type, at, account_id, message_id, recipient_number, recipient, stream, tags,
  NULL, data FROM event;
DROP TABLE event;
ALTER TABLE event_next RENAME TO event;
CREATE INDEX event_message ON event (message_id) WHERE message_id IS NOT NULL;

-- cursor: events up to it are in webhook_delivery, or were not asked for.
CREATE TABLE webhook (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  account_id INTEGER NOT NULL REFERENCES account (id),
  url TEXT NOT NULL,
  events TEXT NOT NULL CHECK (json_valid(events)),
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'disabled')),
  state_reason TEXT,
  sealed_secret BLOB NOT NULL,
  sealed_previous_secret BLOB,
  previous_until INTEGER,
  cursor INTEGER NOT NULL,
  failing_since INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_account ON webhook (account_id, id);

CREATE TABLE webhook_delivery (
  id INTEGER PRIMARY KEY,
  webhook_id INTEGER NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
  event_sequence INTEGER NOT NULL,
  message_id TEXT,
  state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts INTEGER NOT NULL,
  next_attempt_at INTEGER,
  last_attempt_at INTEGER,
  status_code INTEGER,
  excerpt TEXT,
  duration_ms INTEGER
) STRICT;
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, next_attempt_at) WHERE state = 'pending';
CREATE INDEX webhook_delivery_log ON webhook_delivery (webhook_id, id);
`,
};
