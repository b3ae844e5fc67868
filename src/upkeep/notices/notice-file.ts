/**
 * `notices.json` in the data folder: what the operator was told, and what is still to be sent. A file and no table, so
 * that notices work when the store does not: that is one of the things they are about. Written whole (rename). One that
 * is missing or cannot be read is an empty one: at worst something is told twice.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { visibleJson } from '../../platform/visible-text.ts';
import type { NoticeState } from '../../policy/notices/notice-state.ts';
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
  /** The time of day that the last summary was for; `undefined`: there was none. */
  readonly summaryAtMs?: number | undefined;
}

export interface NoticeFile {
  readonly read: () => NoticeMemory;
  /** Throws what the file system says. */
  readonly write: (memory: NoticeMemory) => void;
}

const FILE = 'notices.json';
const VERSION = 1;
const NOTHING: NoticeMemory = { told: {}, waiting: [] };

export function noticeFile(dataDir: string): NoticeFile {
  const target = path.join(dataDir, FILE);
  return {
    read() {
      try {
        const { version, ...memory } = JSON.parse(readFileSync(target, 'utf8')) as NoticeMemory & {
          version: number;
        };
        return version === VERSION ? memory : NOTHING;
      } catch {
        return NOTHING;
      }
    },
    write(memory) {
      writeFileSync(`${target}.new`, visibleJson({ version: VERSION, ...memory }) + '\n', { mode: 0o600 });
      renameSync(`${target}.new`, target);
    },
  };
}
