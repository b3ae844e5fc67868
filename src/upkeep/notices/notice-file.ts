/**
 * `notices.json` in the data folder: notices that were sent to the operator, and those still to be sent. A file and not a
 * table, so that notices work when the store does not: they also report that.
 */
import path from 'node:path';
import type { NoticeState } from '../../policy/notices/notice-state.ts';
import { memoryFile, type MemoryFile } from './memory-file.ts';
import type { Notice } from './notice.ts';
import type { WayName } from './ways.ts';

/** A notice on its way. */
export interface WaitingNotice {
  readonly way: WayName;
  readonly notice: Notice;
  readonly tries: number;
  readonly nextAtMs: number;
}

export interface NoticeMemory {
  readonly told: NoticeState;
  /** Oldest first. */
  readonly waiting: readonly WaitingNotice[];
}

export type NoticeFile = MemoryFile<NoticeMemory>;

export function noticeFile(dataDir: string): NoticeFile {
  return memoryFile<NoticeMemory>(path.join(dataDir, 'notices.json'), { told: {}, waiting: [] });
}
