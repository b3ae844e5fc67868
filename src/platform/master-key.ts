/**
 * The master key file: created at the first start, or given by the operator as a secret file. Without it every DKIM
 * key and credential of the data folder is lost, so it is never overwritten, and created atomically.
 *
 * The file contains 32 octets as base64 or hexadecimal text (as `openssl rand -base64 32` prints them), or raw.
 */
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Random } from './random.ts';
import { MASTER_KEY_BYTES, SecretBoxError } from './secret-box.ts';
import { shellWord } from './shell-word.ts';

/** The key in the file at `filePath`; `undefined` when there is no such file. SecretBoxError `master-key-malformed`, `-unreadable`. */
export function readMasterKey(filePath: string): Uint8Array | undefined {
  let content: Buffer;
  try {
    content = readFileSync(filePath);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SecretBoxError(
      'master-key-unreadable',
      `cannot read the master key ${filePath}${why(cause, filePath)}`,
      { cause },
    );
  }
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

function create(filePath: string, random: Random): void {
  // Written to a temporary file and linked: the name never shows a partial key, and link(2) does not replace an
  // existing one.
  const temporary = `${filePath}.${Buffer.from(random.bytes(8)).toString('hex')}`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    try {
      writeFileSync(file, Buffer.from(random.bytes(MASTER_KEY_BYTES)).toString('base64') + '\n');
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
