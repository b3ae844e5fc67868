/**
 * The disk's share of a figure is what it differs from the same run in memory: each relay does what it does, fsync included,
 * on a file system that has nothing to wait for.
 */
import { accessSync, constants } from 'node:fs';

const IN_MEMORY = '/dev/shm';

/** Folders that relays, peers and tools make from now on are in memory. Throws where there is no such file system. */
export function useMemoryFolders(): void {
  try {
    accessSync(IN_MEMORY, constants.W_OK);
  } catch (cause) {
    throw new Error(`--no-disk needs ${IN_MEMORY}, a file system in memory that can be written`, { cause });
  }
  // os.tmpdir() reads it at each call, and child processes inherit it.
  process.env['TMPDIR'] = IN_MEMORY;
}
