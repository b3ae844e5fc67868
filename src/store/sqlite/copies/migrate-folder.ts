/** Brings the database of a data folder to this program's schema while no relayd runs on it. */
import { existsSync } from 'node:fs';
import { StoreError } from '../../errors.ts';
import { databasePath, openAnySchema, openWriter } from '../engine/connection.ts';
import { lockDataFolder } from '../engine/lock.ts';
import { schemaOf } from '../engine/migrate.ts';
import { migrations } from '../migrations/index.ts';

const BUSY_MS = 5_000;

/** The schema before and after. StoreError `not-found`, `locked`, `incompatible`, `busy`, `failed`. */
export function migrateFolder(dataDir: string): { readonly from: number; readonly to: number } {
  const file = databasePath(dataDir);
  if (!existsSync(file))
    throw new StoreError(
      'not-found',
      `there is no database in ${dataDir}: start relayd once, or check data_dir`,
    );
  const lock = lockDataFolder(dataDir);
  try {
    const before = openAnySchema(file);
    const from = schemaOf(before).version;
    before.close();
    openWriter(dataDir, BUSY_MS).close();
    return { from, to: Math.max(from, migrations.length) };
  } finally {
    lock.release();
  }
}
