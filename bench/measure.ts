/**
 * What the operating system says about a process: processor time and memory. Linux only (/proc); elsewhere the
 * figures are `undefined` and the tables show a dash.
 */
import { readFileSync } from 'node:fs';

/** USER_HZ, which Linux fixes at 100 for /proc on every architecture that Node.js runs on. */
export const TICKS_PER_SECOND = 100;

/** Microseconds on a clock that all processes of this machine share (CLOCK_MONOTONIC). */
export function monotonicUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + Math.floor(nanoseconds / 1e3);
}

/** User and system time of all threads of `pid` so far, in milliseconds (10 ms steps). */
export function cpuMsOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) ? (ticks * 1000) / TICKS_PER_SECOND : undefined;
}

export interface Memory {
  readonly rssBytes: number;
  /** The highest RSS since the start. */
  readonly peakRssBytes: number;
}

export function memoryOf(pid: number): Memory | undefined {
  const status = read(`/proc/${pid}/status`);
  const now = kibOf(status, 'VmRSS');
  const peak = kibOf(status, 'VmHWM');
  return now === undefined || peak === undefined
    ? undefined
    : { rssBytes: now * 1024, peakRssBytes: peak * 1024 };
}

function kibOf(status: string | undefined, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status ?? '');
  return match === null ? undefined : Number(match[1]);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
