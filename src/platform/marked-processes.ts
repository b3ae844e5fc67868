/**
 * Ends all that a program started, also what left its process group: a child that calls setsid(2), and a daemon that init has
 * adopted, keep the environment that they were started with, and in it a mark. What clears its environment, or runs as another
 * user, is not found: only a control group could hold that, and only a relayd that owns one.
 */
import { readdir, readFile } from 'node:fs/promises';

/** The variable that carries the mark. */
export const MARK = 'POSTERN_PROGRAM';
/** While it starts processes as fast as they are ended, somebody has to give up. */
const MOST_ROUNDS = 20;

let count = 0;

/** Unlike that of any other program that runs on this machine. */
export function newMark(nowMs: number): string {
  return `${process.pid}-${nowMs}-${++count}`;
}

/** Resolves when none is found any more. Never rejects. */
export async function endMarked(mark: string): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = await markedProcesses(mark);
    if (found.length === 0) return;
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
  }
}

async function markedProcesses(mark: string): Promise<readonly number[]> {
  const entry = `${MARK}=${mark}`;
  const names = await readdir('/proc').catch(() => []);
  const found: number[] = [];
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    // Of other users, and of what has ended meanwhile, it cannot be read. A zombie has none.
    const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '');
    if (environment.split('\0').includes(entry)) found.push(Number(name));
  }
  return found;
}
