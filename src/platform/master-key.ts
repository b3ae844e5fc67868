/**
 * The master key file: created at the first start, or given by the operator as a secret file. Without it every DKIM
 * key and credential of the data folder is lost, so it is created atomically, and replaced only once the key in it is durable in
 * the file of previous keys, `master.key.previous` beside it: one a line, the newest first.
 *
 * The file contains 32 octets as base64 or hexadecimal text (as `openssl rand -base64 32` prints them), or raw.
 */
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Random } from './random.ts';
import { MASTER_KEY_BYTES, SecretBoxError, type MasterKeys } from './secret-box.ts';
import { shellWord } from './shell-word.ts';

/** The key in the file at `filePath`; `undefined` when there is no such file. SecretBoxError `master-key-malformed`, `-unreadable`. */
export function readMasterKey(filePath: string): Uint8Array | undefined {
  const content = readContent(filePath);
  if (content === undefined) return undefined;
  const key = decode(content);
  if (key === undefined) {
    throw new SecretBoxError(
      'master-key-malformed',
      `${filePath} does not hold a master key: ${MASTER_KEY_BYTES} octets as base64 or hexadecimal text are expected`,
    );
  }
  return key;
}

/**
 * The key in the file at `filePath`, which is created (mode 0600, durable, atomically) when it is absent. Two
 * processes that start at the same time get the same key. SecretBoxError `master-key-malformed`, `-unreadable`.
 */
export function loadMasterKey(filePath: string, random: Random): Uint8Array {
  const existing = readMasterKey(filePath);
  if (existing !== undefined) return existing;
  try {
    create(filePath, random);
  } catch (cause) {
    throw new SecretBoxError(
      'master-key-unreadable',
      `cannot create the master key ${filePath}${why(cause, path.dirname(filePath))}`,
      { cause },
    );
  }
  const made = readMasterKey(filePath);
  if (made === undefined) {
    throw new SecretBoxError('master-key-unreadable', `the master key ${filePath} went away`);
  }
  return made;
}

/** Where the keys before that of `filePath` are. */
export function previousKeysFile(filePath: string): string {
  return `${filePath}.previous`;
}

/** The keys before that of the file at `filePath`, the newest first. SecretBoxError `master-key-malformed`, `-unreadable`. */
export function readPreviousKeys(filePath: string): readonly Uint8Array[] {
  const previous = previousKeysFile(filePath);
  const lines = (readContent(previous)?.toString('latin1') ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line, at) => {
    const key = decode(Buffer.from(line, 'latin1'));
    if (key !== undefined) return key;
    throw new SecretBoxError(
      'master-key-malformed',
      `${previous} does not hold a master key in line ${at + 1}: ${MASTER_KEY_BYTES} octets as base64 or hexadecimal text are expected`,
    );
  });
}

/** How a file of keys is written: durable when it returns, whole or as it was before. */
export type WriteKeys = (file: string, text: string) => void;

/**
 * Puts a new key into the file at `filePath`, once the one before is durable among the previous keys. Whenever it is interrupted, the
 * files hold the old key, as present or previous one, and a half-done rotation can be begun again. Returns the keys as they are
 * afterwards. SecretBoxError `master-key-unreadable`, `-malformed`.
 */
export function rotateMasterKey(filePath: string, random: Random, write: WriteKeys): MasterKeys {
  const old = readMasterKey(filePath);
  if (old === undefined)
    throw new SecretBoxError('master-key-unreadable', `there is no master key ${filePath} to replace`);
  const previous = [old, ...otherKeys(old, readPreviousKeys(filePath))];
  const present = random.bytes(MASTER_KEY_BYTES);
  try {
    write(previousKeysFile(filePath), previous.map(keyText).join(''));
    write(filePath, keyText(present));
  } catch (cause) {
    const where = path.dirname(filePath);
    throw new SecretBoxError(
      'master-key-unreadable',
      `cannot write the master key ${filePath}${why(cause, where)}; the old one stays`,
      { cause },
    );
  }
  return { present, previous };
}

/** Leaves those of `keys` in the file of previous keys. Durable when it returns; throws the error of the system. */
export function keepPreviousKeys(filePath: string, keys: readonly Uint8Array[], write: WriteKeys): void {
  if (keys.length === 0) rmSync(previousKeysFile(filePath), { force: true });
  else write(previousKeysFile(filePath), keys.map(keyText).join(''));
}

/** Those of `keys` that are not `present`, each once. */
export function otherKeys(present: Uint8Array, keys: readonly Uint8Array[]): readonly Uint8Array[] {
  const others: Uint8Array[] = [];
  for (const key of keys)
    if (![present, ...others].some((one) => Buffer.compare(one, key) === 0)) others.push(key);
  return others;
}

/** A line of a file of keys. */
export function keyText(key: Uint8Array): string {
  return `${Buffer.from(key).toString('base64')}\n`;
}

function create(filePath: string, random: Random): void {
  // Written to a temporary file and linked: the name never shows a partial key, and link(2) does not replace an
  // existing one.
  const temporary = `${filePath}.${Buffer.from(random.bytes(8)).toString('hex')}`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    try {
      writeFileSync(file, keyText(random.bytes(MASTER_KEY_BYTES)));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    try {
      linkSync(temporary, filePath);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  } finally {
    unlinkSync(temporary);
  }
  const folder = openSync(path.dirname(filePath), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function readContent(filePath: string): Buffer | undefined {
  try {
    return readFileSync(filePath);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SecretBoxError(
      'master-key-unreadable',
      `cannot read the master key ${filePath}${why(cause, filePath)}`,
      { cause },
    );
  }
}

function decode(content: Buffer): Uint8Array | undefined {
  const text = content.toString('latin1').trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return new Uint8Array(Buffer.from(text, 'hex'));
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return new Uint8Array(Buffer.from(text, 'base64'));
  return content.length === MASTER_KEY_BYTES ? new Uint8Array(content) : undefined;
}

/** A new container volume often belongs to root. */
function why(cause: unknown, mine: string): string {
  const { code } = cause as NodeJS.ErrnoException;
  const uid = process.geteuid?.();
  if ((code === 'EACCES' || code === 'EPERM') && uid !== undefined)
    return `: this user may not; fix: as root, chown -R ${uid} ${shellWord(mine)}, or run as the user that owns it`;
  return code === undefined ? '' : `: ${code}`;
}
