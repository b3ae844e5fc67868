/**
 * Runs a program of the operator's: no shell, an environment of its own, a text on its standard input, a limit of time
 * after which it is killed with all that it started (marked-processes.ts says what escapes), and as much of its output as a log
 * line takes. What a program that ends in time leaves behind goes on. Never rejects.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Clock } from './clock.ts';
import { endMarked, MARK, newMark } from './marked-processes.ts';

export interface Program {
  /** An absolute path, and arguments. */
  readonly command: readonly string[];
  readonly input: string;
  readonly timeoutMs: number;
  /** Octets kept of what it prints; the rest is read and dropped. */
  readonly outputBytes: number;
}

export interface ProgramResult {
  readonly ok: boolean;
  /** `exit code 3`, `ended after 30 s`, `killed by SIGSEGV`, `cannot be started: ...`. */
  readonly outcome: string;
  /** Standard output and standard error as they came, cut. */
  readonly output: string;
}

/** What a script may count on. Nothing of relayd's own environment, which may hold secrets. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
};
/** So long a program that is over may have left its output to others. */
const OUTPUT_GRACE_MS = 500;

/** `signal` ends it at once. */
export function runProgram(
  { command, input, timeoutMs, outputBytes }: Program,
  clock: Clock,
  signal?: AbortSignal,
): Promise<ProgramResult> {
  const [file = '', ...args] = command;
  const output = new Excerpt(outputBytes);
  const mark = newMark(clock.now());
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      // Detached: a group of its own, which is killed as a whole.
      const env = { ...ENVIRONMENT, [MARK]: mark };
      child = spawn(file, args, { env, cwd: '/', detached: true, shell: false });
    } catch (error) {
      resolve({ ok: false, outcome: `cannot be started: ${wordsOf(error)}`, output: '' });
      return;
    }
    let killed: string | undefined;
    let ending: Promise<void> | undefined;
    const kill = (why: string) => {
      killed ??= why;
      killGroup(child);
      ending ??= endMarked(mark);
    };
    const stopped = () => kill('ended, because relayd stops');
    const timer = clock.after(timeoutMs, () => kill(`ended after ${Math.round(timeoutMs / 1000)} s`));
    let grace: { cancel(): void } | undefined;
    const end = (outcome: string, ok = false) => {
      timer.cancel();
      grace?.cancel();
      signal?.removeEventListener('abort', stopped);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
      const result = { ok, outcome, output: output.text };
      void (ending ?? Promise.resolve()).then(() => resolve(result));
    };
    const ended = (code: number | null, by: NodeJS.Signals | null) => {
      end(
        killed ?? (by === null ? `exit code ${code}` : `killed by ${by}`),
        killed === undefined && code === 0,
      );
    };
    child.on('error', (error) => end(`cannot be started: ${wordsOf(error)}`));
    child.on('close', ended);
    child.on('exit', (code, by) => (grace = clock.after(OUTPUT_GRACE_MS, () => ended(code, by))));
    child.stdout?.on('data', (chunk: Buffer) => output.add(chunk));
    child.stderr?.on('data', (chunk: Buffer) => output.add(chunk));
    // It need not read what it is told.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    if (signal?.aborted === true) stopped();
    signal?.addEventListener('abort', stopped);
  });
}

class Excerpt {
  readonly #chunks: Buffer[] = [];
  #room: number;

  constructor(bytes: number) {
    this.#room = bytes;
  }

  add(chunk: Buffer): void {
    if (this.#room === 0) return;
    const kept = chunk.subarray(0, this.#room);
    this.#chunks.push(kept);
    this.#room -= kept.length;
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString().trimEnd();
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function wordsOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such program';
  return code === 'EACCES' ? 'it may not be executed by this user' : message;
}
