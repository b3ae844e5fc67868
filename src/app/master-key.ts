/** The master keys of a data folder: from the configuration, or from files beside the database. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import { loadMasterKey, otherKeys, previousKeysFile, readPreviousKeys } from '../platform/master-key.ts';
import type { Random } from '../platform/random.ts';
import { MOST_PREVIOUS_KEYS, SecretBoxError, type MasterKeys } from '../platform/secret-box.ts';
import { databasePath } from '../store/sqlite/engine/connection.ts';

/** In the data folder, unless `data_key` gives the key. */
export const MASTER_KEY_FILE = 'master.key';
/** The keys before it. */
export const PREVIOUS_KEYS_FILE = previousKeysFile(MASTER_KEY_FILE);

type KeySource = Pick<Config, 'dataDir' | 'dataKey' | 'previousDataKeys'>;

/**
 * Made at the very first start, before the database is. A database without its key is a mistake of moving or
 * restoring: a new key would silently make every credential and DKIM key useless. Throws SecretBoxError.
 */
export function configuredMasterKeys(config: KeySource, random: Random): MasterKeys {
  const present = config.dataKey ?? ownMasterKey(config, random);
  return { present, previous: previousKeys(present, config) };
}

/** Of the configuration, and those beside a key in a file. SecretBoxError `master-key-malformed` where they are too many. */
export function previousKeys(
  present: Uint8Array,
  { dataDir, dataKey, previousDataKeys }: KeySource,
): readonly Uint8Array[] {
  const file = path.join(dataDir, MASTER_KEY_FILE);
  const beside = dataKey === undefined ? readPreviousKeys(file) : [];
  const previous = otherKeys(present, [...beside, ...previousDataKeys]);
  if (previous.length <= MOST_PREVIOUS_KEYS) return previous;
  throw new SecretBoxError(
    'master-key-malformed',
    `${previous.length} previous keys, of ${previousKeysFile(file)} and previous_data_keys: at most ${MOST_PREVIOUS_KEYS} are accepted`,
  );
}

function ownMasterKey(config: KeySource, random: Random): Uint8Array {
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
