/** Free space for the store, for relayd and relayctl. */
import { statfs } from 'node:fs/promises';
import type { DiskFacts } from '../policy/checks/disk.ts';
import { DEFAULT_RESERVE_BYTES } from '../store/sqlite/engine/free-space.ts';

export async function lookAtDisk(folder: string): Promise<DiskFacts> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return { folder, freeBytes: bavail * bsize, reserveBytes: DEFAULT_RESERVE_BYTES };
  } catch {
    return { folder, freeBytes: undefined, reserveBytes: DEFAULT_RESERVE_BYTES };
  }
}
