/**
 * Statistics and health by node: each node adds to rows of its own, so that nodes do not queue for one row; readers sum.
 * And events: one that is numbered refers to no table, since an account is never removed and looking for it would cost more
 * than the event. A suppression that rests on an event without a number has its key there, below zero, until it has one.
 */
import type { PostgresMigration } from './migration.ts';

export const countsByNode: PostgresMigration = {
  version: 5,
  name: 'counts-by-node',
  up: `
ALTER TABLE statistic ADD COLUMN node_id bigint NOT NULL DEFAULT 0;
ALTER TABLE statistic DROP CONSTRAINT statistic_pkey;
ALTER TABLE statistic ADD PRIMARY KEY (span, account_id, kind, number, name, node_id);
ALTER TABLE statistic_delta ADD COLUMN node_id bigint NOT NULL DEFAULT 0;
CREATE INDEX statistic_delta_node ON statistic_delta (node_id, id);
ALTER TABLE health_hour ADD COLUMN node_id bigint NOT NULL DEFAULT 0;
ALTER TABLE health_hour DROP CONSTRAINT health_hour_pkey;
ALTER TABLE health_hour ADD PRIMARY KEY (kind, hour, account_id, name, node_id);

ALTER TABLE event DROP CONSTRAINT event_account_id_fkey;
CREATE INDEX suppression_event_pending ON suppression (event) WHERE event < 0;

-- An account's messages are listed by their public ids, which sort by time: nodes take keys in blocks.
DROP INDEX message_account;
CREATE INDEX message_account ON message (account_id, public_id);
`,
};
