/** How mail left: the route and the source of an attempt, which route held a delivery, what smart hosts took. */
import type { PostgresMigration } from './migration.ts';

export const routes: PostgresMigration = {
  version: 7,
  name: 'routes',
  up: `
ALTER TABLE attempt ADD COLUMN route text;
ALTER TABLE attempt ADD COLUMN source text;
ALTER TABLE destination_try ADD COLUMN route text;
ALTER TABLE destination_try ADD COLUMN source text;
-- Stays when the delivery is released: no route holds it twice.
ALTER TABLE delivery ADD COLUMN held_by text;
-- Of those delivered: handed to a smart host.
ALTER TABLE statistic ADD COLUMN relayed bigint NOT NULL DEFAULT 0;
`,
};
