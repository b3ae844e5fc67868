/**
 * Checks that the master key is the one that the store was created with, before anything is served or shown. With another
 * one every login would be refused and no message signed, without a reason. A value sealed under the key, kept at the first
 * start, decides. An older store without that value is judged by its oldest secrets, and gets it when they open.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { CHECK_CONTEXT, contextOf, nameOf } from '../admin/data-keys/sealed-contexts.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../platform/log.ts';
import { readMasterKey } from '../platform/master-key.ts';
import {
  createSecretBox,
  keyIdOf,
  SecretBoxError,
  type MasterKeys,
  type SecretBox,
} from '../platform/secret-box.ts';
import { systemRandom } from '../platform/random.ts';
import { StoreError } from '../store/errors.ts';
import type { SealedReader, SealedWriter } from '../store/sealed-secrets.ts';
import { keyOfCheck } from '../admin/data-keys/reseal.ts';
import { MASTER_KEY_FILE } from './master-key.ts';
import { storeWords } from './store-place.ts';

/** Where a key comes from, and what it is for. */
type KeySource = Pick<Config, 'dataDir' | 'dataKey' | 'store'>;

const CHECK_VALUE = Buffer.from('postern');
/** Opening one costs some 20 µs, and this is done at each start. */
const SECRETS_TRIED = 100;
const NAMED = 3;

/**
 * Throws SecretBoxError `master-key-wrong`, which names what does not open and what to restore. Gives the names of secrets that
 * do not open although the key is right: they are damaged.
 */
export async function checkMasterKey(
  config: KeySource,
  box: SecretBox,
  reader: SealedReader,
): Promise<readonly string[]> {
  const check = await reader.masterKeyCheck();
  if (check !== undefined && opens(box, check, CHECK_CONTEXT)) return [];
  const secrets = await reader.oldestSecrets(SECRETS_TRIED);
  const closed = secrets.filter((secret) => !opens(box, secret.sealed, contextOf(secret))).map(nameOf);
  // Some may have been added under a wrong key, before there was a check value: the greater part decides.
  if (check === undefined && closed.length * 2 <= secrets.length) return closed;
  const notOpened = check === undefined ? closed : ['the key check value', ...closed];
  throw new SecretBoxError('master-key-wrong', await wrongKey(config, notOpened, reader));
}

/**
 * Keeps the value that {@link checkMasterKey} goes by, unless the store has one. Durable when it resolves, but on a full
 * disk: that must not keep waiting mail from being delivered, and the next start tries again.
 */
export async function keepMasterKeyCheck(box: SecretBox, writer: SealedWriter, log: Log): Promise<void> {
  try {
    await writer.keepMasterKeyCheck(box.seal(CHECK_VALUE, CHECK_CONTEXT));
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'disk-full') throw error;
    log.warn('master key check not kept', { code: error.code, reason: error.message });
  }
}

/**
 * For a program beside relayd: what it makes is made under the key that relayd has sealed the check value with. A new key that relayd
 * has not taken yet would make what that cannot read.
 */
export async function boxOfStore(
  { present, previous }: MasterKeys,
  box: SecretBox,
  reader: Pick<SealedReader, 'masterKeyCheck'>,
): Promise<SecretBox> {
  const id = await keyOfCheck(box, reader);
  const inUse = previous.find((key) => keyIdOf(key) === id);
  if (inUse === undefined) return box;
  return createSecretBox(inUse, systemRandom, [present, ...previous.filter((key) => key !== inUse)]);
}

async function wrongKey(
  config: KeySource,
  notOpened: readonly string[],
  reader: SealedReader,
): Promise<string> {
  const { dataDir, dataKey } = config;
  const file = path.join(dataDir, MASTER_KEY_FILE);
  const given = dataKey === undefined ? file : 'data_key';
  const more = notOpened.length > NAMED ? ` and ${notOpened.length - NAMED} more` : '';
  const problem =
    `the key in ${given} is not the one of ${storeWords(config)}: ` +
    `it does not open ${notOpened.slice(0, NAMED).join(', ')}${more}`;
  if (dataKey !== undefined && (await fileOpens(file, reader)))
    return `${problem}; ${file} holds the right one: take data_key out of the configuration`;
  const onServer = config.store.url !== 'sqlite:';
  const remedy = onServer
    ? 'give the key that its other nodes have, or that it was made with (RELAY_DATA_KEY_FILE)'
    : dataKey === undefined
      ? `restore ${file} from the backup that this database comes from, or give that key with RELAY_DATA_KEY_FILE`
      : `give the key that the store was made with (RELAY_DATA_KEY_FILE, or ${MASTER_KEY_FILE} of its backup)`;
  const isNew = 'If it is a new key, put the one before into previous_data_keys (docs/data-key.md). ';
  return (
    `${problem}; ${remedy}. ` +
    isNew +
    `If that key is lost, start with an empty ${onServer ? 'database' : 'data_dir'}: credentials and DKIM keys cannot be read without it`
  );
}

/** The file beside the database would do, and `data_key` hides it. */
async function fileOpens(file: string, reader: SealedReader): Promise<boolean> {
  if (!existsSync(file)) return false;
  try {
    const key = readMasterKey(file);
    if (key === undefined) return false;
    const box = createSecretBox(key, systemRandom);
    const check = await reader.masterKeyCheck();
    if (check !== undefined) return opens(box, check, CHECK_CONTEXT);
    return (await reader.oldestSecrets(1)).every((secret) => opens(box, secret.sealed, contextOf(secret)));
  } catch (error) {
    if (error instanceof SecretBoxError) return false;
    throw error;
  }
}

function opens(box: SecretBox, sealed: Uint8Array, context: string): boolean {
  try {
    box.open(sealed, context).fill(0);
    return true;
  } catch (error) {
    if (error instanceof SecretBoxError) return false;
    throw error;
  }
}
