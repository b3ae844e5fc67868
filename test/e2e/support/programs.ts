/** Other people's mail programs on this machine, run as children. What is not installed is reported by name. */
import { execFileSync, spawn } from 'node:child_process';

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The first of `candidates` that runs `args` with exit code 0; `undefined` when none does. */
export function findProgram(candidates: readonly string[], args: readonly string[]): string | undefined {
  return candidates.find((candidate) => {
    try {
      execFileSync(candidate, args, { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

export const python = findProgram(['python3', '/usr/bin/python3'], ['--version']);
export const curl = findProgram(['curl'], ['--version']);
/** A Python that has the `dkim` and `nacl` modules (Debian: python3-dkim, python3-nacl): a DKIM verifier that shares no code with this project. */
export const pythonWithDkim = findProgram(
  ['python3', '/usr/bin/python3'],
  ['-c', 'import dkim, nacl.signing'],
);

/** Runs `program` with `input` on standard input; resolves when it has ended, however it ends. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly input?: string | Uint8Array; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<ProgramResult> {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A program that does not read its input closes the pipe; its exit code tells.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode ?? 255));
  });
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}
