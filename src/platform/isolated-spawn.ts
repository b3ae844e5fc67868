/**
 * Starts the child of an isolated process: empty environment, no streams, its own heap size, a channel for its work.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { IsolatedTerms } from './isolated-entry.ts';

/** In MiB; V8's default is 16, for objects that rarely outlive their operation. */
const SEMI_SPACE_MIB = 4;

/** Throws when the system has no memory for it; without a pid, an `error` event follows. */
export function spawnIsolated(options: {
  readonly name: string;
  readonly entry: URL;
  readonly heapMiB: number;
  readonly maxOutputBytes: number;
}): ChildProcess {
  const { name, entry, heapMiB, maxOutputBytes } = options;
  const terms: IsolatedTerms = { parentPid: process.pid, heapMiB, maxOutputBytes };
  return spawn(
    process.execPath,
    [
      `--title=${name}`,
      // No debugger in a process that holds a stranger's mail.
      '--disable-sigusr1',
      `--max-old-space-size=${heapMiB}`,
      `--max-semi-space-size=${SEMI_SPACE_MIB}`,
      fileURLToPath(entry),
      JSON.stringify(terms),
    ],
    { env: {}, stdio: ['ignore', 'ignore', 'ignore', 'ipc'], serialization: 'advanced' },
  );
}
