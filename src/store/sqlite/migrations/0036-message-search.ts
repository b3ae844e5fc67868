/**
 * The index of the search of messages (store/search/, ADR 28): runs of documents of an account and a day, and their blocks. It is
 * filled behind acceptance, and of messages that were there before, in the background.
 */
import type { Migration } from './migration.ts';

export const messageSearch: Migration = {
  version: 36,
  name: 'message search',
  breaking: false,
  up: `
-- One row. cursor: events up to it are followed; NULL: not begun. indexed_place: of the newest message that was followed.
-- before: messages with lower public ids are not indexed yet; NULL: all are.
CREATE TABLE search_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  cursor INTEGER,
  indexed_place INTEGER NOT NULL,
  before TEXT,
  next_run INTEGER NOT NULL,
  steps INTEGER NOT NULL
) STRICT;
INSERT INTO search_state VALUES (1, NULL, 0, NULL, 1, 0);

-- state: 0 being made by a merge, 1 live, 2 being removed. merged_into: the run that is made of it. built_*: how far a merge is.
-- gone: documents from the first on whose messages are no more, as of checked_at. redone: documents that were made again; NULL: not asked.
CREATE TABLE search_run (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  level INTEGER NOT NULL,
  state INTEGER NOT NULL CHECK (state IN (0, 1, 2)),
  documents INTEGER NOT NULL,
  first_place INTEGER NOT NULL,
  last_place INTEGER NOT NULL,
  merged_into INTEGER,
  built_documents INTEGER NOT NULL DEFAULT 0,
  built_term INTEGER NOT NULL DEFAULT -1,
  gone INTEGER NOT NULL DEFAULT 0,
  checked_at INTEGER NOT NULL,
  redone INTEGER
) STRICT;
CREATE INDEX search_run_account ON search_run (account_id, last_place);
CREATE INDEX search_run_place ON search_run (last_place);
CREATE INDEX search_run_day ON search_run (account_id, day, level);
CREATE INDEX search_run_work ON search_run (state, documents) WHERE state <> 1;
CREATE INDEX search_run_inputs ON search_run (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX search_run_open ON search_run (level, day) WHERE level < 9;
CREATE INDEX search_run_checked ON search_run (checked_at);
CREATE INDEX search_run_redone ON search_run (redone) WHERE redone IS NOT NULL;

-- first: the lowest term, or for a block of documents the number of its first one less 65536.
CREATE TABLE search_block (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  run_id INTEGER NOT NULL,
  first INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX search_block_run ON search_block (account_id, run_id, first);
`,
};
