/** The master key of a data folder: from the configuration, or from a file beside the database. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import { loadMasterKey } from '../platform/master-key.ts';
import type { Random } from '../platform/random.ts';
import { SecretBoxError } from '../platform/secret-box.ts';
import { databasePath } from '../store/sqlite/engine/connection.ts';

/** In the data folder, unless `data_key` gives the key. */
export const MASTER_KEY_FILE = 'master.key';

/**
 * Made at the very first start, before the database is. A database without its key is a mistake of moving or
 * restoring: a new key would silently make every credential and DKIM key useless. Throws SecretBoxError.
 */
export function configuredMasterKey(config: Config, random: Random): Uint8Array {
  if (config.dataKey !== undefined) return config.dataKey;
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const file = path.join(config.dataDir, MASTER_KEY_FILE);
  if (existsSync(databasePath(config.dataDir)) && !existsSync(file)) {
    throw new SecretBoxError(
      'master-key-unreadable',
      `${file} is missing beside a database that was made with it: restore it from a backup, or give the key with RELAY_DATA_KEY_FILE`,
    );
  }
  return loadMasterKey(file, random);
}
