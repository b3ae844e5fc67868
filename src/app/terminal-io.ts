/** This process's terminal for the command line: width, colours, questions, interruption. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { CliIo } from '../cli/program/cli-io.ts';
import type { Environment } from '../config/read-environment.ts';

/** A reader that goes away (`| head`) ends the output silently; what follows has nobody to read it. */
export function terminalIo(env: Environment): CliIo {
  const { stdin, stdout, stderr } = process;
  const gone = new AbortController();
  const interrupt = new AbortController();
  const over = AbortSignal.any([interrupt.signal, gone.signal]);
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    gone.abort();
  });
  const outIsTerminal = stdout.isTTY;
  return {
    out: (data) => {
      if (!gone.signal.aborted) stdout.write(data);
    },
    drained: async () => {
      if (!stdout.writableNeedDrain || over.aborted) return;
      await once(stdout, 'drain', { signal: over }).catch(() => undefined);
    },
    err: (text) => void stderr.write(text),
    outIsTerminal,
    inIsTerminal: stdin.isTTY && stderr.isTTY,
    columns: outIsTerminal ? stdout.columns : undefined,
    color: outIsTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    unicode: speaksUnicode(env),
    ask,
    // Only a command that looks at it takes Ctrl-C into its own hands; for all others it ends the process.
    get interrupted() {
      process.once('SIGINT', () => interrupt.abort());
      Object.defineProperty(this, 'interrupted', { value: over });
      return over;
    },
  };
}

/**
 * Resolves when the readers of standard output and error have taken everything, or are gone. A pipe holds some 64 KiB; what
 * waits behind it would be lost with the process.
 */
export async function outputTaken(): Promise<void> {
  const taken = ({ stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>) =>
    [stdout, stderr].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve())));
  await Promise.all(taken(process));
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

/** Only another locale disables it: containers have none, and terminals that use UTF-8. */
function speaksUnicode(env: Environment): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  return locale === undefined || /utf-?8/i.test(locale);
}
