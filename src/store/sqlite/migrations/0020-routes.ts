/** How mail left: the route and the source of an attempt, which route held a delivery, what smart hosts took. */
import type { Migration } from './migration.ts';

export const routes: Migration = {
  version: 20,
  name: 'routes',
  breaking: false,
  up: `
ALTER TABLE attempt ADD COLUMN route TEXT;
ALTER TABLE attempt ADD COLUMN source TEXT;
ALTER TABLE destination_try ADD COLUMN route TEXT;
ALTER TABLE destination_try ADD COLUMN source TEXT;
-- Stays when the delivery is released: no route holds it twice.
ALTER TABLE delivery ADD COLUMN held_by TEXT;
-- Of those delivered: handed to a smart host.
ALTER TABLE statistic ADD COLUMN relayed INTEGER NOT NULL DEFAULT 0;
`,
};
