/** The files of master keys beside a database, for relayctl: changed in steps that can be interrupted at any point. */
import path from 'node:path';
import type { DataKeyFiles } from '../cli/program/data-key-files.ts';
import type { Config } from '../config/config.ts';
import { writeDurably } from '../platform/durable-file.ts';
import {
  keepPreviousKeys,
  readMasterKey,
  readPreviousKeys,
  rotateMasterKey,
  type WriteKeys,
} from '../platform/master-key.ts';
import { systemRandom } from '../platform/random.ts';
import { keyIdOf, MOST_PREVIOUS_KEYS, SecretBoxError } from '../platform/secret-box.ts';
import { handToOwner, refuseUnsafeFolder } from './data-folder.ts';
import { MASTER_KEY_FILE, previousKeys } from './master-key.ts';

const write: WriteKeys = (file, text) => writeDurably(file, text, systemRandom);

export const dataKeyFiles: DataKeyFiles = {
  presentId: (config) => keyIdOf(presentKey(config)),
  file: (config) => (isInFolder(config) ? fileOf(config) : undefined),
  rotate(config) {
    refuseUnsafeFolder(config.dataDir);
    const before = previousKeys(presentKey(config), config);
    if (before.length >= MOST_PREVIOUS_KEYS)
      throw new SecretBoxError(
        'master-key-malformed',
        `there are ${before.length} previous keys already, which is the most: relayctl data-key show says what needs each`,
      );
    const { present, previous } = rotateMasterKey(fileOf(config), systemRandom, write);
    handToOwner(config.dataDir);
    return [keyIdOf(present), ...previous.map(keyIdOf)];
  },
  forget(config, ids) {
    refuseUnsafeFolder(config.dataDir);
    const known = readPreviousKeys(fileOf(config));
    const kept = known.filter((key) => !ids.includes(keyIdOf(key)));
    if (kept.length === known.length) return [];
    keepPreviousKeys(fileOf(config), kept, write);
    handToOwner(config.dataDir);
    return known.map(keyIdOf).filter((id) => ids.includes(id));
  },
};

/** With a server the nodes have no file in common. */
function isInFolder({ dataKey, store }: Config): boolean {
  return dataKey === undefined && store.url === 'sqlite:';
}

function fileOf({ dataDir }: Config): string {
  return path.join(dataDir, MASTER_KEY_FILE);
}

function presentKey(config: Config): Uint8Array {
  const key = config.dataKey ?? readMasterKey(fileOf(config));
  if (key !== undefined) return key;
  throw new SecretBoxError('master-key-unreadable', `there is no master key ${fileOf(config)} yet`);
}
