/**
 * The child's side of an isolated process (isolated-process.ts): takes one operation at a time from its parent and
 * answers it. It ends with its parent: when the channel closes, or through a watch thread (isolated-watch.ts) when
 * its event loop is blocked.
 */
import { writeFileSync } from 'node:fs';
import { serialize } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { workerUrl } from './worker-url.ts';

/** The first argument of the child, as JSON. */
export interface IsolatedTerms {
  readonly parentPid: number;
  readonly heapMiB: number;
  readonly maxOutputBytes: number;
}

export interface ToIsolated {
  readonly operation: string;
  readonly input: unknown;
}

export type FromIsolated = { readonly kind: 'ready' } | IsolatedAnswer;

/**
 * `much`: the idle child is ended early. `worn`: the next operation would not have its share of the memory, so the
 * child is replaced at once.
 */
export type HeldMemory = 'usual' | 'much' | 'worn';

export type IsolatedAnswer = {
  /** Memory that the child holds after its answer. */
  readonly held: HeldMemory;
} & (
  | {
      readonly kind: 'done';
      /** Made by v8.serialize, so that its size is known before it is sent. */ readonly output: Uint8Array;
    }
  | { readonly kind: 'limit'; readonly limit: 'memory' | 'output' }
  | { readonly kind: 'failed'; readonly reason: string }
);

export type IsolatedOperations = Readonly<Record<string, (input: never) => unknown>>;

/** Errors that V8 throws, instead of ending the process, for objects beyond its size limits. */
const TOO_LARGE = /^(?:Invalid string length|Array buffer allocation failed|Invalid typed array length)/;
const MAX_REASON_CHARACTERS = 1_000;
/** Memory of an operation besides V8's old space: young objects, buffers, decoder tables. */
const OUTSIDE_HEAP_MIB = 64;
const MIB = 1024 * 1024;

/** Input of the watch thread. */
export interface WatchData {
  readonly parentPid: number;
  readonly maxResidentBytes: number;
  /** 1 while an operation runs; notified on change. */
  readonly working: Int32Array;
}

/** Called once by the child's entry module. Arguments and results are structured clones. */
export function serveIsolated(operations: IsolatedOperations): void {
  const { parentPid, heapMiB, maxOutputBytes } = JSON.parse(process.argv[2] ?? '{}') as IsolatedTerms;
  leaveNoCoreDump();
  const freshBytes = process.memoryUsage.rss();
  const allowedBytes = (heapMiB + OUTSIDE_HEAP_MIB) * MIB;
  // Signals to the whole process group are ignored: the child ends with its parent.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

  const working = new Int32Array(new SharedArrayBuffer(4));
  const setWorking = (value: 0 | 1) => {
    Atomics.store(working, 0, value);
    Atomics.notify(working, 0);
  };
  const watch = new Worker(workerUrl(import.meta.url, './isolated-watch'), {
    workerData: { parentPid, maxResidentBytes: freshBytes + allowedBytes, working } satisfies WatchData,
  });
  let readyBytes = freshBytes;
  watch.once('message', () => {
    readyBytes = process.memoryUsage.rss();
    send({ kind: 'ready' });
  });

  process.on('message', ({ operation, input }: ToIsolated) => {
    setWorking(1);
    void answer(operations[operation], operation, input, maxOutputBytes).then((outcome) => {
      setWorking(0);
      const bytes = process.memoryUsage.rss();
      const isMuch = bytes > readyBytes + allowedBytes / 5;
      const isWorn = bytes > freshBytes + allowedBytes / 2;
      send({ ...outcome, held: isWorn ? 'worn' : isMuch ? 'much' : 'usual' });
    });
  });
}

/** The child is regularly ended by SIGABRT and contains tenants' data: its core dump must be empty. Linux. */
function leaveNoCoreDump(): void {
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
  } catch {
    // Not Linux, or no such file.
  }
}

type Outcome = IsolatedAnswer extends infer Answer
  ? Answer extends unknown
    ? Omit<Answer, 'held'>
    : never
  : never;

async function answer(
  operate: IsolatedOperations[string] | undefined,
  operation: string,
  input: unknown,
  maxOutputBytes: number,
): Promise<Outcome> {
  try {
    if (operate === undefined) return { kind: 'failed', reason: `there is no operation '${operation}'` };
    const output = serialize(await operate(input as never));
    return output.length > maxOutputBytes ? { kind: 'limit', limit: 'output' } : { kind: 'done', output };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (TOO_LARGE.test(reason)) return { kind: 'limit', limit: 'memory' };
    return { kind: 'failed', reason: reason.slice(0, MAX_REASON_CHARACTERS) };
  }
}

function send(message: FromIsolated): void {
  // A closed channel ends this process anyway.
  process.send?.(message, undefined, undefined, () => undefined);
}
