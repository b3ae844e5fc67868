/** Files that are whole or as they were before: written beside, synced, renamed; for their owner alone. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Random } from './random.ts';

const SUFFIX_BYTES = 6;

/** Mode 0600. Durable when it returns; throws the error of the system, and the file is as it was. */
export function writeDurably(file: string, text: string, random: Random): void {
  const temporary = `${file}.${Buffer.from(random.bytes(SUFFIX_BYTES)).toString('hex')}`;
  try {
    const descriptor = openSync(temporary, 'wx', 0o600);
    try {
      // Until all of it is written: a disk that runs full takes a part, and says so in no error.
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  const folder = openSync(path.dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
