/**
 * Structured log: one line an event, JSON or readable text. Lines are buffered and written some at a time, so that a
 * line costs a string and not a system call. Never content, never a secret: callers pass named
 * fields, there is no object dump. Every field stays on its line, with control characters escaped (visible-text.ts).
 */
import { writeSync } from 'node:fs';
import type { Clock } from './clock.ts';
import { visibleJson, visibleLines } from './visible-text.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogValue = string | number | boolean | null | undefined | readonly string[];
export type LogFields = Readonly<Record<string, LogValue>>;

export interface Log {
  /** `event` is a constant short lower-case phrase; variable parts go into `fields`. */
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** False when lines of `level` are dropped: a hot path then skips building the fields. */
  enabled(level: LogLevel): boolean;
}

/** There are some hundred. */
const MAX_EVENTS = 1_000;

const ORDER: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export interface LogOptions {
  /** Read at each line; may change. */
  readonly level: LogLevel;
  readonly format: 'json' | 'text';
  readonly clock: Clock;
  readonly write: (line: string) => void;
  /** What of the fields is shown. Default: all. */
  readonly redact?: ((fields: LogFields) => LogFields) | undefined;
}

export function createLog(options: LogOptions): Log {
  const { format, clock, write, redact } = options;
  const render = format === 'json' ? jsonLines() : renderText;
  const timeOf = isoTimes();
  const at = (lineLevel: LogLevel) => (event: string, fields?: LogFields) => {
    if (ORDER[lineLevel] >= ORDER[options.level])
      write(render(timeOf(clock.now()), lineLevel, event, fields && (redact?.(fields) ?? fields)));
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    enabled: (lineLevel) => ORDER[lineLevel] >= ORDER[options.level],
  };
}

/** Drops everything; for tests and tools. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  enabled: () => false,
};

/** As Date.toISOString, with what lines of one second have in common written out once. */
function isoTimes(): (atMs: number) => string {
  let lastSecond = NaN;
  let start = '';
  return (atMs) => {
    const ms = Math.trunc(atMs);
    const second = Math.floor(ms / 1000);
    if (second !== lastSecond) {
      start = new Date(ms).toISOString().slice(0, -'000Z'.length);
      lastSecond = second;
    }
    return `${start}${String(ms - second * 1000).padStart(3, '0')}Z`;
  };
}

type Render = (time: string, level: LogLevel, event: string, fields: LogFields | undefined) => string;

/** Events are constant phrases, so what they are in JSON is kept. */
function jsonLines(): Render {
  const events = new Map<string, string>();
  const inJson = (event: string) => {
    const made = visibleJson(event);
    if (events.size < MAX_EVENTS) events.set(event, made);
    return made;
  };
  return (time, level, event, fields) => {
    const start = `{"time":"${time}","level":"${level}","event":${events.get(event) ?? inJson(event)}`;
    const facts = fields === undefined ? '{}' : visibleJson(fields);
    return facts === '{}' ? `${start}}` : `${start},${facts.slice(1)}`;
  };
}

function renderText(time: string, level: LogLevel, event: string, fields: LogFields | undefined): string {
  let line = `${time.slice(11, 23)} ${level.padEnd(5)} ${event}`;
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (value === undefined) continue;
    const text = String(value);
    // Values with a backslash are quoted: outside quotes a backslash is always an escape.
    line += ` ${name}=${/[\s"=\\]/.test(text) || text === '' ? JSON.stringify(text) : text}`;
  }
  return visibleLines(line);
}

/** A busy relay would write, and wake its reader, at every turn of the event loop. */
const WRITE_EVERY_MS = 20;

/**
 * A sink for {@link createLog} that writes to the file descriptor `fd` at the end of a turn of the event loop, but not
 * within {@link WRITE_EVERY_MS} of the last time; on the main thread and in worker threads (without a hop through the main
 * thread). Waits briefly for a full pipe; drops lines silently when the pipe is broken: logging must not stop the relay.
 */
export function bufferedSink(
  fd: number,
  clock: Clock,
): {
  readonly write: (line: string) => void;
  readonly flush: () => void;
} {
  let pending: string[] = [];
  let wroteAtMs = -Infinity;
  const flush = () => {
    if (pending.length === 0) return;
    wroteAtMs = clock.monotonic();
    const bytes = Buffer.from(pending.join(''));
    pending = [];
    let offset = 0;
    for (let tries = 0; offset < bytes.length && tries < 1000;) {
      try {
        offset += writeSync(fd, bytes, offset);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
        tries++;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      }
    }
  };
  return {
    write(line) {
      if (pending.length === 0) {
        const waitMs = wroteAtMs + WRITE_EVERY_MS - clock.monotonic();
        if (waitMs > 0) clock.after(waitMs, flush);
        else setImmediate(flush);
      }
      pending.push(line + '\n');
    },
    flush,
  };
}
