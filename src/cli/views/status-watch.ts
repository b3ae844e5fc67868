/**
 * `relayctl status --watch`: the status again every two seconds. A terminal is cleared and drawn anew; elsewhere pages
 * follow each other, and with `--json` they are objects, one a line. Ends when the user interrupts or the reader of the
 * output is gone, with the exit code of the last look.
 */
import { timestamp } from '../../api-json/timestamp.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ExitCode } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import { fullTime } from '../output/time-words.ts';

/** What one look gives. */
export interface StatusPage {
  readonly exitCode: ExitCode;
  readonly json: object;
  readonly text: string;
}

export const WATCH_EVERY_MS = 2_000;
/** Cursor to the top left, then the screen is cleared (ECMA-48 §8.3.21, §8.3.39). */
const CLEAR = Buffer.from('\u001b[H\u001b[2J');

export async function watchStatus(context: CommandContext, look: () => Promise<StatusPage>): Promise<void> {
  const { io, services } = context;
  const isOver = () => io.interrupted.aborted;
  for (let first = true; !isOver(); first = false) {
    const page = await look();
    context.exitCode = page.exitCode;
    if (isOver()) return;
    await show(context, page, first);
    await pause(services.clock, WATCH_EVERY_MS, io.interrupted);
  }
}

async function show(context: CommandContext, { json, text }: StatusPage, first: boolean): Promise<void> {
  const { io, global, nowMs, paint } = context;
  if (global.json) {
    await context.printJsonLine({ at: timestamp(nowMs), ...json });
    return;
  }
  // Octets leave as they are: no text of anybody's is in them.
  if (io.outIsTerminal) io.out(CLEAR);
  else if (!first) context.print('');
  context.print(paint.dim(io.outIsTerminal ? `${fullTime(nowMs)}, Ctrl-C ends` : fullTime(nowMs)));
  context.print(text);
}

/** Ends early at `signal`. */
async function pause(clock: Clock, durationMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = () => {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.after(durationMs, end);
    signal.addEventListener('abort', end);
  });
}
