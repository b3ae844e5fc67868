/** The master key of a data folder: from the configuration, or from a file beside the database. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import { loadMasterKey } from '../platform/master-key.ts';
import type { Random } from '../platform/random.ts';

/** In the data folder, unless `data_key` gives the key. */
const MASTER_KEY_FILE = 'master.key';

/** Made when there is none yet. Throws SecretBoxError. */
export function configuredMasterKey(config: Config, random: Random): Uint8Array {
  if (config.dataKey !== undefined) return config.dataKey;
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  return loadMasterKey(path.join(config.dataDir, MASTER_KEY_FILE), random);
}
