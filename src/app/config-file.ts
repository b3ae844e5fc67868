/** The configuration as a file on this machine, for relayctl quickstart. */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { CliFailure } from '../cli/program/cli-failure.ts';
import type { ConfigFile } from '../cli/program/services.ts';
import { databasePath } from '../store/sqlite/engine/connection.ts';
import { DEFAULT_FILES, loadConfig } from '../config/load.ts';
import { CONFIG_VARIABLE } from '../config/read-environment.ts';
import { processEnvironment, systemConfigInput } from '../config/system-input.ts';

const SYSTEM_FILE = DEFAULT_FILES[2];
const SYSTEM_DATA = '/var/lib/postern';

export const configFile: ConfigFile = {
  locate(named) {
    const env = processEnvironment();
    const variable = env[CONFIG_VARIABLE] === '' ? undefined : env[CONFIG_VARIABLE];
    const found = named ?? variable ?? fileInUse();
    const isSystem = process.geteuid?.() === 0 && !hasStoreHere();
    const file = path.resolve(found ?? (isSystem ? SYSTEM_FILE : DEFAULT_FILES[0]));
    const data = hasStoreHere() ? path.resolve('data') : file === SYSTEM_FILE ? SYSTEM_DATA : besides(file);
    return {
      path: file,
      text: textOf(file),
      dataDir: env['RELAY_DATA_DIR'] === undefined ? data : undefined,
    };
  },
  write(file, text, before) {
    if (textOf(file) !== before)
      throw new CliFailure('conflict', `${file} was changed meanwhile`, { hint: 'type the command again' });
    mkdirSync(path.dirname(file), { recursive: true });
    const place = placeOf(file);
    const temporary = `${place}.new`;
    try {
      // It may hold a secret: nobody else's before it has the rights of what it replaces.
      writeFileSync(temporary, text, { mode: before === undefined ? 0o644 : 0o600, flag: 'wx', flush: true });
      if (before !== undefined) {
        const { mode, uid, gid } = statSync(file);
        const mine = statSync(temporary);
        if (mine.uid !== uid || mine.gid !== gid) chownSync(temporary, uid, gid);
        chmodSync(temporary, mode & 0o777);
      }
      renameSync(temporary, place);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') rmSync(temporary, { force: true });
      throw new CliFailure('failed', `${file} cannot be written: ${code ?? String(error)}`, {
        hint: 'type the command as root, or name a file of yours: --config relay.toml',
      });
    }
  },
};

/** Where a link leads: the operator's link stays. */
function placeOf(file: string): string {
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return file;
  try {
    return realpathSync(file);
  } catch {
    throw new CliFailure('failed', `${file} is a link to nothing`, {
      hint: 'remove it, or make the file that it leads to',
    });
  }
}

/** A relayd without a configuration keeps its data in ./data; a new configuration keeps that. */
function hasStoreHere(): boolean {
  return existsSync(databasePath(path.resolve('data')));
}

function besides(file: string): string {
  return path.join(path.dirname(file), 'data');
}

/** That sets something, or would be read where it did; the one of a checkout is of comments alone and stays so. */
function fileInUse(): string | undefined {
  const { file, sources } = loadConfig(systemConfigInput());
  const setsSomething = sources.some(({ source }) => source.kind === 'file');
  return setsSomething || file === SYSTEM_FILE ? file : undefined;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliFailure(
      'failed',
      `${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
    );
  }
}
