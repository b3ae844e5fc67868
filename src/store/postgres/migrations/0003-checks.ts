/** What the checks of the relay found, and events of the server. What SQLite's migration 19 says of it holds here too. */
import type { PostgresMigration } from './migration.ts';

export const checks: PostgresMigration = {
  version: 3,
  name: 'checks',
  up: `
CREATE TABLE check_state (
  name text COLLATE "C" PRIMARY KEY,
  ok bigint NOT NULL,
  since bigint NOT NULL,
  detail text NOT NULL,
  remedy text
);
CREATE TABLE look_state (
  subject text COLLATE "C" PRIMARY KEY,
  at bigint NOT NULL,
  found text NOT NULL
);
CREATE TABLE server_event (
  sequence bigint PRIMARY KEY,
  type text NOT NULL,
  at bigint NOT NULL,
  data text NOT NULL
);
`,
};
