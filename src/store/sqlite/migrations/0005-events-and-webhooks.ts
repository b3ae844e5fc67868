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

-- events: a JSON array of types, empty for all. cursor: events up to it are told, in webhook_delivery, or were not
-- asked for. failing_since: nothing arrived since.
CREATE TABLE webhook (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  account_id INTEGER NOT NULL REFERENCES account (id),
  url TEXT NOT NULL,
  events TEXT NOT NULL CHECK (json_valid(events)),
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'disabled')),
  state_reason TEXT NOT NULL,
  state_since INTEGER NOT NULL,
  sealed_secret BLOB NOT NULL,
  sealed_previous_secret BLOB,
  previous_until INTEGER,
  cursor INTEGER NOT NULL,
  failing_since INTEGER,
  delivered_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_account ON webhook (account_id, id);

-- message_id: '' for events about the account. next_attempt_at is NULL while an earlier event of the same message has
-- to end first, and in the end.
CREATE TABLE webhook_delivery (
  webhook_id INTEGER NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
  event_sequence INTEGER NOT NULL,
  event_type TEXT NOT NULL,
  message_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts INTEGER NOT NULL,
  next_attempt_at INTEGER,
  first_attempt_at INTEGER,
  last_attempt_at INTEGER,
  status_code INTEGER,
  error TEXT,
  excerpt TEXT,
  duration_ms INTEGER,
  ended_at INTEGER,
  PRIMARY KEY (webhook_id, event_sequence),
  CHECK ((state = 'pending') = (ended_at IS NULL)),
  CHECK (state = 'pending' OR next_attempt_at IS NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (webhook_id, message_id, event_sequence)
  WHERE state = 'pending';
CREATE INDEX webhook_delivery_open ON webhook_delivery (webhook_id, state, event_sequence)
  WHERE state != 'delivered';
CREATE INDEX webhook_delivery_ended ON webhook_delivery (ended_at) WHERE ended_at IS NOT NULL;
`,
};
