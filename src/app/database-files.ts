/** The store as a whole, for relayctl: backups with what has to lie beside them, and the looks at a database. */
import { existsSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { BackupOptions, BackupPlace, DatabaseFiles, KeyFinding } from '../cli/program/database-files.ts';
import type { Config } from '../config/config.ts';
import { systemClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { otherKeys, readMasterKey, readPreviousKeys } from '../platform/master-key.ts';
import { systemRandom } from '../platform/random.ts';
import { createSecretBox, MOST_PREVIOUS_KEYS, SecretBoxError } from '../platform/secret-box.ts';
import { ISSUED_FOLDER } from '../smtp/server/tls-context.ts';
import { StoreError } from '../store/errors.ts';
import type { SealedReader } from '../store/sealed-secrets.ts';
import { copyDatabase } from '../store/sqlite/copies/backup.ts';
import { openDatabase } from '../store/sqlite/copies/open-database.ts';
import { databasePath } from '../store/sqlite/engine/connection.ts';
import { DEFAULT_RESERVE_BYTES } from '../store/sqlite/engine/free-space.ts';
import { keyBeside, secretsBeside, withSecrets } from './backup-secrets.ts';
import { compactDatabase, tracesOf } from './address-traces.ts';
import { copyToOtherEngine, migrateStore } from './move-store.ts';
import { storePlace } from './store-place.ts';
import { refuseUnsafeFolder } from './data-folder.ts';
import { MASTER_KEY_FILE, PREVIOUS_KEYS_FILE, previousKeys } from './master-key.ts';
import { checkMasterKey } from './master-key-check.ts';

export const databaseFiles: DatabaseFiles = {
  async backup(config, options) {
    refuseUnsafeFolder(config.dataDir);
    const secrets = options.withKey ? secretsBeside(options.file, config) : [];
    const place = refuseWithoutRoom(config, options);
    await withSecrets(secrets, () => copyDatabase(config.dataDir, options));
    return {
      ...place,
      secretFiles: secrets.map(({ to }) => to),
      alsoNeeded: alsoNeeded(config, options.withKey),
    };
  },
  async open(config, file) {
    if (file === undefined) refuseUnsafeFolder(config.dataDir);
    const place = storePlace(config);
    if (file !== undefined || place.kind === 'sqlite')
      return openDatabase(file ?? databasePath(config.dataDir));
    // Loaded by those alone who use it.
    const { openServerDatabase } = await import('../store/postgres/copies/open-database.ts');
    return await openServerDatabase({ ...place, clock: systemClock, random: systemRandom, log: silentLog });
  },
  findKey,
  traces: tracesOf,
  compact: compactDatabase,
  migrate: migrateStore,
  copy: copyToOtherEngine,
};

function alsoNeeded(config: Config, withKey: boolean): BackupPlace['alsoNeeded'] {
  const { dataDir, dataKey, previousDataKeys, tls, acme, bounceRulesFile, destinationRulesFile, inbound } =
    config;
  const before = path.join(dataDir, PREVIOUS_KEYS_FILE);
  const issued = path.join(dataDir, ISSUED_FOLDER);
  const key = dataKey === undefined ? path.join(dataDir, MASTER_KEY_FILE) : 'data_key of the configuration';
  const files = [
    ...(withKey
      ? []
      : [
          { what: 'master key', where: key },
          {
            what: 'master keys before it',
            where: dataKey === undefined && existsSync(before) ? before : undefined,
          },
          {
            what: 'master keys before it',
            where: previousDataKeys.length === 0 ? undefined : 'previous_data_keys of the configuration',
          },
          { what: 'certificate', where: tls.cert },
          { what: 'key of the certificate', where: tls.key },
        ]),
    // Without them each name is ordered anew, which authorities allow a few times a week.
    { what: 'certificates by ACME', where: existsSync(issued) ? issued : undefined },
    { what: 'root of the ACME authority', where: acme.caFile },
    { what: 'bounce rules', where: bounceRulesFile },
    { what: 'rules of destinations', where: destinationRulesFile },
    { what: 'feedback sources', where: inbound.feedbackSourcesFile },
  ];
  return files.flatMap(({ what, where }) => (where === undefined ? [] : [{ what, where }]));
}

/** A full disk would stop the relay from taking mail. */
function refuseWithoutRoom({ dataDir }: Config, { file }: BackupOptions): Pick<BackupPlace, 'onSameDisk'> {
  const folder = path.dirname(path.resolve(file));
  if (!existsSync(folder)) throw new StoreError('not-found', `there is no folder ${folder}`);
  const onSameDisk = statSync(folder).dev === statSync(dataDir).dev;
  const { bavail, bsize } = statfsSync(folder);
  const live = databasePath(dataDir);
  const needBytes = existsSync(live) ? statSync(live).size + (onSameDisk ? DEFAULT_RESERVE_BYTES : 0) : 0;
  if (bavail * bsize < needBytes)
    throw new StoreError(
      'disk-full',
      `${folder} has ${toMib(bavail * bsize)} MiB free, the backup needs ${toMib(needBytes)} MiB` +
        (onSameDisk ? ', with the reserve of the relay on the same disk' : ''),
    );
  return { onSameDisk };
}

function toMib(bytes: number): number {
  return Math.ceil(bytes / (1024 * 1024));
}

/** The key that was named; of a copy, the one beside it; else that of the configuration. None is made. */
async function findKey(
  config: Config,
  sealed: SealedReader,
  { file, keyFile }: { readonly file: string | undefined; readonly keyFile: string | undefined },
): Promise<KeyFinding> {
  const beside = file === undefined ? undefined : keyBeside(file);
  const own = path.join(config.dataDir, MASTER_KEY_FILE);
  const named = keyFile ?? (beside !== undefined && existsSync(beside) ? beside : undefined);
  const from = named ?? (config.dataKey === undefined ? own : 'data_key');
  try {
    const key = named === undefined && config.dataKey !== undefined ? config.dataKey : readMasterKey(from);
    if (key === undefined) return { state: 'missing', from };
    const before =
      named === undefined
        ? previousKeys(key, config)
        : otherKeys(key, readPreviousKeys(named)).slice(0, MOST_PREVIOUS_KEYS);
    await checkMasterKey(
      { dataDir: config.dataDir, dataKey: key, store: config.store },
      createSecretBox(key, systemRandom, before),
      sealed,
    );
    return { state: 'opens', from };
  } catch (error) {
    if (error instanceof SecretBoxError && error.code === 'master-key-wrong') return { state: 'wrong', from };
    throw error;
  }
}
