/**
 * A small file in the data folder that outlives a restart: written whole (rename), with the version of its format. A
 * missing, unreadable or differently versioned file counts as empty: at worst a notice is repeated.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { visibleJson } from '../../platform/visible-text.ts';

export interface MemoryFile<Memory> {
  readonly read: () => Memory;
  /** Throws the error of the file system. */
  readonly write: (memory: Memory) => void;
}

const VERSION = 1;

/** `file`: an absolute path. `nothing`: the value of a missing file. */
export function memoryFile<Memory extends object>(file: string, nothing: Memory): MemoryFile<Memory> {
  return {
    read() {
      try {
        const { version, ...memory } = JSON.parse(readFileSync(file, 'utf8')) as Memory & { version: number };
        return version === VERSION ? (memory as unknown as Memory) : nothing;
      } catch {
        return nothing;
      }
    },
    write(memory) {
      writeFileSync(`${file}.new`, visibleJson({ version: VERSION, ...memory }) + '\n', { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
  };
}
