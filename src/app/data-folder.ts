/**
 * Checks the permissions of the data folder, its files, and the files that secrets come from, before any is used. Unsafe
 * ones are refused, each with the command that repairs it (policy/file-rights.ts). A missing folder is created later, for
 * its owner alone.
 *
 * Once the folder passes, nobody else can put a link where a file was: the file that is checked is the file that is opened.
 */
import { chownSync, lstatSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import { ISSUED_FOLDER, SELF_SIGNED_FILE } from '../smtp/server/tls-context.ts';
import { judgeFile, type FileFacts, type FileRole } from '../policy/file-rights.ts';
import { StoreError } from '../store/errors.ts';
import { databaseFiles } from '../store/sqlite/engine/connection.ts';
import { MASTER_KEY_FILE, PREVIOUS_KEYS_FILE } from './master-key.ts';

/** `undefined` where the system has no such numbers. */
type Uid = number | undefined;

/** Throws StoreError `unsafe` with everything that is refused. */
export function refuseUnsafeFolder(dataDir: string, uid: Uid = process.geteuid?.()): void {
  const refused = findings(filesOf(dataDir), uid).filter(({ severity }) => severity === 'refuse');
  if (refused.length > 0) throw new StoreError('unsafe', refused.map(({ text }) => text).join('\n'));
}

/** What may stay, and should not: sentences with a command each. Throws as {@link refuseUnsafeFolder}. */
export function rightsWarnings(
  { config, secretFiles }: LoadedConfig,
  uid: Uid = process.geteuid?.(),
): readonly string[] {
  refuseUnsafeFolder(config.dataDir, uid);
  const looked = [...filesOf(config.dataDir), ...secretFiles.flatMap((at) => look(at, 'secret'))];
  return findings(looked, uid)
    .filter(({ severity }) => severity === 'warn')
    .map(({ text }) => text);
}

/** What root has just made in a folder of another user belongs to that one: else its relayd could not open it. */
export function handToOwner(dataDir: string, uid: Uid = process.geteuid?.()): void {
  const folder = statSync(dataDir);
  if (uid !== 0 || folder.uid === 0) return;
  for (const { path: at, role, kind } of filesOf(dataDir))
    if (role !== 'folder' && kind === 'file') chownSync(at, folder.uid, folder.gid);
}

/** For relayd, which writes all the time: as root it would make files that the folder's owner cannot use. */
export function rootWarning(dataDir: string, uid: Uid = process.geteuid?.()): string | undefined {
  const [folder] = look(dataDir, 'folder');
  if (uid !== 0 || folder === undefined || folder.uid === 0) return undefined;
  return `relayd runs as root on ${dataDir}, which belongs to uid ${folder.uid}: run it as that user, or chown -R 0 it`;
}

function findings(files: readonly FileFacts[], uid: Uid) {
  if (uid === undefined) return [];
  const folderUid = files.find(({ role }) => role === 'folder')?.uid ?? uid;
  return files.flatMap((facts) => judgeFile(facts, uid, folderUid) ?? []);
}

function filesOf(dataDir: string): readonly FileFacts[] {
  const keys = [MASTER_KEY_FILE, PREVIOUS_KEYS_FILE, SELF_SIGNED_FILE].map((name) =>
    path.join(dataDir, name),
  );
  return [
    ...look(dataDir, 'folder'),
    ...keys.flatMap((at) => look(at, 'key')),
    ...databaseFiles(dataDir).flatMap((at) => look(at, 'data')),
    ...issuedFiles(path.join(dataDir, ISSUED_FOLDER)),
  ];
}

/** Certificates by ACME with their keys, and the account. */
function issuedFiles(folder: string): readonly FileFacts[] {
  const looked = look(folder, 'folder');
  if (looked[0]?.kind !== 'folder') return looked;
  try {
    return [...looked, ...readdirSync(folder).flatMap((name) => look(path.join(folder, name), 'key'))];
  } catch {
    return looked;
  }
}

/** Nothing for a missing or unreadable file: opening it reports the reason. */
function look(at: string, role: FileRole): readonly FileFacts[] {
  try {
    const found = role === 'folder' || role === 'secret' ? statSync(at) : lstatSync(at);
    const kind = found.isSymbolicLink()
      ? 'link'
      : found.isDirectory()
        ? 'folder'
        : found.isFile()
          ? 'file'
          : 'other';
    return [{ path: at, role, kind, uid: found.uid, mode: found.mode }];
  } catch {
    return [];
  }
}
