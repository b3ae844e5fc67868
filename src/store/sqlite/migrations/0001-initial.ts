/**
 * The first schema. Released: this text never changes, a later migration alters what it made.
 *
 * Integer keys inside, time-sortable text ids outside. The keys of a delivery and of a chunk
 * are their message's key times 16384 plus their number (keys.ts), so a message's rows are one range of the key and
 * need no index. Times are milliseconds since the epoch.
 */
import type { Migration } from './migration.ts';

export const initial: Migration = {
  version: 1,
  name: 'initial',
  breaking: true,
  up: `
-- One row. Numbers are taken from here inside a write transaction, so their order is the order of commits.
CREATE TABLE counter (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  next_message INTEGER NOT NULL,
  next_event INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  -- Grows with every change of accounts, domains, keys, credentials and streams: readers' caches watch it.
  directory_version INTEGER NOT NULL
) STRICT;
INSERT INTO counter VALUES (1, 1, 1, 0, 1);

CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE domain (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  account_id INTEGER NOT NULL REFERENCES account (id),
  name TEXT NOT NULL UNIQUE,
  verified_at INTEGER,
  record_status TEXT NOT NULL CHECK (json_valid(record_status)),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX domain_account ON domain (account_id);

CREATE TABLE dkim_key (
  id INTEGER PRIMARY KEY,
  domain_id INTEGER NOT NULL REFERENCES domain (id) ON DELETE CASCADE,
  selector TEXT NOT NULL,
  algorithm TEXT NOT NULL CHECK (algorithm IN ('rsa-sha256', 'ed25519-sha256')),
  sealed_private_key BLOB NOT NULL,
  public_key TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'pending', 'retired')),
  created_at INTEGER NOT NULL,
  UNIQUE (domain_id, selector)
) STRICT;

CREATE TABLE stream (
  account_id INTEGER NOT NULL REFERENCES account (id),
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('transactional', 'broadcast')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;

-- Lists are JSON arrays: they are read and written whole, never searched.
CREATE TABLE credential (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  account_id INTEGER NOT NULL REFERENCES account (id),
  kind TEXT NOT NULL CHECK (kind IN ('smtp', 'api', 'network')),
  name TEXT NOT NULL,
  username TEXT UNIQUE,
  secret_hash BLOB,
  networks TEXT NOT NULL CHECK (json_valid(networks)),
  domains TEXT NOT NULL CHECK (json_valid(domains)),
  from_addresses TEXT NOT NULL CHECK (json_valid(from_addresses)),
  scopes TEXT NOT NULL CHECK (json_valid(scopes)),
  stream TEXT NOT NULL,
  rate_per_minute INTEGER,
  daily_quota INTEGER,
  require_tls INTEGER NOT NULL CHECK (require_tls IN (0, 1)),
  send_dsn INTEGER NOT NULL CHECK (send_dsn IN (0, 1)),
  expires_at INTEGER,
  revoked_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
-- A name is free again once its credential is revoked.
CREATE UNIQUE INDEX credential_name ON credential (account_id, name) WHERE revoked_at IS NULL;
CREATE INDEX credential_account ON credential (account_id, id);
CREATE INDEX credential_network ON credential (id) WHERE kind = 'network' AND revoked_at IS NULL;

-- Recipients accepted from a credential on a day (days since the epoch, UTC), for daily quotas.
CREATE TABLE credential_usage (
  credential_id INTEGER NOT NULL REFERENCES credential (id),
  day INTEGER NOT NULL,
  recipients INTEGER NOT NULL,
  PRIMARY KEY (day, credential_id)
) STRICT, WITHOUT ROWID;

-- scope: a stream's name, or '' for the whole account.
CREATE TABLE suppression (
  account_id INTEGER NOT NULL REFERENCES account (id),
  address TEXT NOT NULL,
  scope TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN
    ('unknown-address', 'complaint', 'soft-bounces', 'manual', 'import', 'unsubscribe')),
  evidence TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  created_by TEXT NOT NULL,
  PRIMARY KEY (account_id, address, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL
) STRICT;

-- unsettled: deliveries that are not settled. settled_at: when it came to 0. content_gone: the chunks were removed.
CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  account_id INTEGER NOT NULL REFERENCES account (id),
  credential_id INTEGER REFERENCES credential (id),
  stream TEXT NOT NULL,
  via TEXT NOT NULL CHECK (via IN ('smtp', 'http', 'dsn')),
  reverse_path TEXT NOT NULL,
  header_from TEXT NOT NULL,
  subject TEXT,
  message_id_field TEXT NOT NULL,
  body_type TEXT NOT NULL CHECK (body_type IN ('7bit', '8bitmime')),
  smtp_utf8 INTEGER NOT NULL CHECK (smtp_utf8 IN (0, 1)),
  require_tls INTEGER NOT NULL CHECK (require_tls IN (0, 1)),
  dsn_return TEXT CHECK (dsn_return IN ('full', 'hdrs')),
  envelope_id TEXT,
  send_dsn INTEGER NOT NULL CHECK (send_dsn IN (0, 1)),
  tags TEXT,
  metadata TEXT,
  signing_domain TEXT NOT NULL,
  header_size INTEGER NOT NULL,
  size INTEGER NOT NULL,
  body_hash BLOB NOT NULL,
  accepted_at INTEGER NOT NULL,
  send_at INTEGER,
  expires_at INTEGER NOT NULL,
  recipients INTEGER NOT NULL,
  unsettled INTEGER NOT NULL CHECK (unsettled >= 0),
  settled_at INTEGER,
  content_gone INTEGER NOT NULL DEFAULT 0 CHECK (content_gone IN (0, 1)),
  chunk_count INTEGER NOT NULL
) STRICT;
CREATE INDEX message_unsettled ON message (public_id) WHERE settled_at IS NULL;
CREATE INDEX message_settled ON message (content_gone, settled_at) WHERE settled_at IS NOT NULL;

CREATE TABLE content_chunk (
  id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;

-- Messages being received in chunks, and contents being removed bit by bit (epoch 0, no name).
CREATE TABLE upload (
  message_id INTEGER PRIMARY KEY,
  name TEXT UNIQUE,
  epoch INTEGER NOT NULL
) STRICT;

-- next_due_at is a lower bound of due_at below it. ready_at is when a claim may look: due and not blocked.
CREATE TABLE destination (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  next_due_at INTEGER,
  blocked_until INTEGER,
  suspended INTEGER NOT NULL DEFAULT 0 CHECK (suspended IN (0, 1)),
  failures INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  scheduled INTEGER NOT NULL DEFAULT 0 CHECK (scheduled >= 0),
  queued INTEGER NOT NULL DEFAULT 0 CHECK (queued >= 0),
  deferred INTEGER NOT NULL DEFAULT 0 CHECK (deferred >= 0),
  held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
  delivered INTEGER NOT NULL DEFAULT 0 CHECK (delivered >= 0),
  bounced INTEGER NOT NULL DEFAULT 0 CHECK (bounced >= 0),
  expired INTEGER NOT NULL DEFAULT 0 CHECK (expired >= 0),
  suppressed INTEGER NOT NULL DEFAULT 0 CHECK (suppressed >= 0),
  cancelled INTEGER NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
  ready_at INTEGER GENERATED ALWAYS AS
    (CASE WHEN suspended = 0 THEN max(next_due_at, coalesce(blocked_until, 0)) END) VIRTUAL
) STRICT;
CREATE INDEX destination_ready ON destination (ready_at) WHERE ready_at IS NOT NULL;

-- due_at is NULL while claimed, held or settled. No foreign key on destination_id: removing an empty destination
-- would scan this table.
CREATE TABLE delivery (
  id INTEGER PRIMARY KEY,
  destination_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL REFERENCES account (id),
  state TEXT NOT NULL CHECK (state IN ('scheduled', 'queued', 'deferred', 'held',
    'delivered', 'bounced', 'expired', 'suppressed', 'cancelled')),
  due_at INTEGER,
  claim_epoch INTEGER,
  fence INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  settled_at INTEGER,
  recipient TEXT NOT NULL,
  notify TEXT,
  original_recipient TEXT,
  CHECK (due_at IS NULL OR claim_epoch IS NULL),
  CHECK (state IN ('scheduled', 'queued', 'deferred') OR (due_at IS NULL AND claim_epoch IS NULL))
) STRICT;
CREATE INDEX delivery_due ON delivery (destination_id, account_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX delivery_due_any ON delivery (destination_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX delivery_claimed ON delivery (claim_epoch) WHERE claim_epoch IS NOT NULL;
CREATE INDEX delivery_held ON delivery (destination_id, account_id) WHERE state = 'held';

-- fence and number: which claim of the delivery, which try within it. Ordered by time.
CREATE TABLE attempt (
  delivery_id INTEGER NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
  fence INTEGER NOT NULL,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  host TEXT,
  address TEXT,
  tls TEXT,
  reply_code INTEGER,
  status TEXT,
  text TEXT NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN ('dns', 'connect', 'greeting', 'ehlo', 'starttls', 'mail', 'rcpt', 'data',
    'final', 'policy')),
  duration_ms INTEGER NOT NULL,
  PRIMARY KEY (delivery_id, fence, number)
) STRICT, WITHOUT ROWID;

-- Carries what a reader needs of the message: events outlive it.
CREATE TABLE event (
  sequence INTEGER PRIMARY KEY,
  type TEXT NOT NULL CHECK (type IN ('accepted', 'delivered', 'deferred', 'bounced', 'expired', 'suppressed',
    'complained', 'opened', 'clicked', 'unsubscribed', 'cancelled')),
  at INTEGER NOT NULL,
  account_id INTEGER NOT NULL REFERENCES account (id),
  message_id TEXT NOT NULL,
  recipient_number INTEGER NOT NULL,
  recipient TEXT NOT NULL,
  stream TEXT NOT NULL,
  tags TEXT,
  data TEXT
) STRICT;
CREATE INDEX event_message ON event (message_id);
`,
};
