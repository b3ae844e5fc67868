/** What the checks of the relay found, over a restart: their state, when was looked, and events of the server. */
import type { Migration } from './migration.ts';

export const checks: Migration = {
  version: 19,
  name: 'checks',
  breaking: false,
  up: `
-- As it was last told; since: when it turned.
CREATE TABLE check_state (
  name TEXT PRIMARY KEY,
  ok INTEGER NOT NULL,
  since INTEGER NOT NULL,
  detail TEXT NOT NULL,
  remedy TEXT
) STRICT, WITHOUT ROWID;
-- subject: a kind of look, or the id of a domain. found: what the next look is compared with.
CREATE TABLE look_state (
  subject TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  found TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- Apart from the events of accounts: webhooks read those, and nobody's webhook is told of the server. The newest row always
-- stays, so that no number is given twice.
CREATE TABLE server_event (
  sequence INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  data TEXT NOT NULL
) STRICT;
`,
};
