/**
 * `notices.json` in the data folder: what the operator was told, and what is still to be sent. A file and no table, so
 * that notices work when the store does not: that is one of the things they are about.
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
