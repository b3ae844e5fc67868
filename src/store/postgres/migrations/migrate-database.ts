/** Reads the schema of the database behind a URL, or brings it up to date, on a connection that is closed afterwards. */
import { delay, type Clock } from '../../../platform/clock.ts';
import { nameOfUrl } from '../../place.ts';
import { withConnection } from '../engine/connection.ts';
import { MIGRATIONS } from './index.ts';
import { checkSchema, migrate } from './migrate.ts';

export interface Migrated {
  /** The previous schema; 0: there was none. */
  readonly from: number;
  readonly to: number;
}

/** StoreError `incompatible`, `busy`, `failed`. */
export async function migrateDatabase(url: string, clock: Clock): Promise<Migrated> {
  const before = await withConnection(url, (client) =>
    migrate(client, { name: nameOfUrl(url), wait: (ms) => delay(clock, ms) }),
  );
  return { from: before.version, to: Math.max(before.version, MIGRATIONS.length) };
}

/** StoreError `not-found` (no tables of ours), `incompatible`, `busy`. */
export async function checkDatabase(url: string): Promise<void> {
  await withConnection(url, (client) => checkSchema(client, nameOfUrl(url)));
}
