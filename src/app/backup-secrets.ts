/**
 * What lies beside a backup made with --with-key: the master key with the ones before, and the certificates, for their owner alone. They are written
 * before the copy gets its name and are removed again when it does not get it, so that no backup looks complete and is not.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import { keyText, previousKeysFile, readMasterKey } from '../platform/master-key.ts';
import { SELF_SIGNED_FILE } from '../smtp/server/tls-context.ts';
import { StoreError } from '../store/errors.ts';
import { MASTER_KEY_FILE, previousKeys } from './master-key.ts';

export interface BackupSecret {
  readonly to: string;
  readonly content: Uint8Array | string;
}

/** Read at once; none of them is there yet. StoreError `conflict` where one is, `not-found` without a key. */
export function secretsBeside(
  file: string,
  config: Pick<Config, 'dataDir' | 'dataKey' | 'previousDataKeys' | 'tls'>,
): readonly BackupSecret[] {
  const { dataDir, dataKey, tls } = config;
  const key = dataKey ?? readMasterKey(path.join(dataDir, MASTER_KEY_FILE));
  if (key === undefined)
    throw new StoreError(
      'not-found',
      `there is no ${MASTER_KEY_FILE} in ${dataDir} to put beside the backup`,
    );
  const previous = previousKeys(key, config);
  const selfSigned = path.join(dataDir, SELF_SIGNED_FILE);
  const certificates =
    tls.cert !== undefined && tls.key !== undefined
      ? [
          { from: tls.cert, to: `${file}.tls.cert` },
          { from: tls.key, to: `${file}.tls.key` },
        ]
      : existsSync(selfSigned)
        ? [{ from: selfSigned, to: `${file}.${SELF_SIGNED_FILE}` }]
        : [];
  const secrets = [
    { to: keyBeside(file), content: keyText(key) },
    ...(previous.length === 0
      ? []
      : [{ to: previousKeysFile(keyBeside(file)), content: previous.map(keyText).join('') }]),
    ...certificates.map(({ from, to }) => ({ to, content: readFileSync(from) })),
  ];
  const taken = secrets.find(({ to }) => existsSync(to));
  if (taken !== undefined) throw exists(taken.to);
  return secrets;
}

export function keyBeside(file: string): string {
  return `${file}.${MASTER_KEY_FILE}`;
}

/** Runs `copy` with the secrets in place: afterwards all is there, or nothing is. StoreError `conflict`, `disk-full`, `failed`. */
export async function withSecrets(
  secrets: readonly BackupSecret[],
  copy: () => Promise<void>,
): Promise<void> {
  const written: string[] = [];
  try {
    for (const { to, content } of secrets) {
      try {
        writeFileSync(to, '', { mode: 0o600, flag: 'wx' });
        written.push(to);
        writeFileSync(to, content, { flush: true });
      } catch (error) {
        throw notWritten(to, error);
      }
    }
    await copy();
  } catch (error) {
    for (const one of written) rmSync(one, { force: true });
    throw error;
  }
}

function notWritten(to: string, error: unknown): StoreError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST') return exists(to);
  return new StoreError(
    code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'failed',
    `${to} cannot be written: ${code ?? String(error)}; there is no backup`,
    { cause: error },
  );
}

function exists(file: string): StoreError {
  return new StoreError('conflict', `${file} exists, and is not overwritten; there is no backup`);
}
