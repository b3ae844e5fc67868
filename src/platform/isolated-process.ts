/**
 * Runs work on outsiders' input in a child process with limits of time, memory and output. A worker thread would not
 * do: one oversized allocation makes V8 end the whole process, whatever limits the thread has.
 *
 * One child, started at first use and ended when idle; one operation at a time, waiting ones by fair queueing. An
 * operation that exceeds a limit ends the child and nothing else: the next gets a new child. An operation that runs
 * out of memory in a used child is tried once more in a fresh one. Node.js runs the entry module from `.ts` sources
 * and from `dist/` alike.
 */
import type { ChildProcess } from 'node:child_process';
import type { Clock, Timer } from './clock.ts';
import { eventLoop } from './event-loop.ts';
import type { FromIsolated, HeldMemory, ToIsolated } from './isolated-entry.ts';
import { byProcess, resultOf, type IsolatedResult } from './isolated-result.ts';
import { spawnIsolated } from './isolated-spawn.ts';
import type { Log } from './log.ts';
import { FairQueue } from './fair-queue.ts';

export interface IsolatedOptions {
  /** Purpose: in the log and in the process title. */
  readonly name: string;
  /** The child's module; it calls `serveIsolated` (isolated-entry.ts). */
  readonly entry: URL;
  /** Of one operation, from when the child takes it. */
  readonly timeMs: number;
  /** V8's old space in the child. Memory outside the heap is bounded as well (isolated-watch.ts). */
  readonly heapMiB: number;
  /** Waiting operations; beyond that the longest flow gets `busy`. */
  readonly maxWaiting: number;
  /** Of one serialized result. */
  readonly maxOutputBytes: number;
  /** Idle time after which the child ends. */
  readonly idleMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface IsolatedProcess {
  /**
   * `flow`: the account or client network on whose behalf the work runs; flows are served round robin. Input and
   * value are structured clones. Never rejects.
   */
  run<Out>(operation: string, input: unknown, flow: string): Promise<IsolatedResult<Out>>;
  /** Ends the child. Running and waiting operations fail with `process`. Resolves when the child is gone. */
  stop(): Promise<void>;
}

/** Time to load Node.js and the entry module on a busy machine. */
const START_MS = 20_000;
/** A child that large operations filled returns its memory soon; small operations fill it once in hours. */
const IDLE_WITH_MUCH_MS = 1_000;
export function createIsolatedProcess(options: IsolatedOptions): IsolatedProcess {
  const queue = new IsolatedQueue(options);
  return {
    run: <Out>(operation: string, input: unknown, flow: string) =>
      queue.run(operation, input, flow) as Promise<IsolatedResult<Out>>,
    stop: () => queue.stop(),
  };
}

interface Work {
  readonly operation: string;
  readonly input: unknown;
  readonly settle: (result: IsolatedResult<unknown>) => void;
}

interface Child {
  readonly process: ChildProcess;
  readonly gone: Promise<void>;
  ready: boolean;
  /** It has run an operation and may hold memory from it. */
  used: boolean;
  /** The running operation. */
  work: Work | undefined;
  /** For start, operation or idle end. */
  timer: Timer;
  /** Why we ended it. */
  ended: 'time' | 'start' | 'worn' | 'idle' | 'stop' | undefined;
}

class IsolatedQueue {
  readonly #options: IsolatedOptions;
  readonly #waiting: FairQueue<Work>;
  /** Ran out of memory in a used child: first in the next one. */
  #again: Work | undefined;
  #child: Child | undefined;
  #stopped = false;

  constructor(options: IsolatedOptions) {
    this.#options = options;
    this.#waiting = new FairQueue(options.maxWaiting);
  }

  run(operation: string, input: unknown, flow: string): Promise<IsolatedResult<unknown>> {
    if (this.#stopped) return Promise.resolve(byProcess('it was stopped'));
    return new Promise((settle) => {
      // With an idle child it waits only until the end of this turn.
      this.#waiting.add(flow, { operation, input, settle })?.settle({ kind: 'busy' });
      this.#next();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const child = this.#child;
    if (child !== undefined) this.#end(child, 'stop');
    this.#failWaiting(byProcess('it was stopped'));
    await child?.gone;
  }

  #next(): void {
    if (this.#again === undefined && this.#waiting.size === 0) return;
    const child = (this.#child ??= this.#start());
    if (child === undefined || !child.ready || child.work !== undefined || child.ended !== undefined) return;
    const work = this.#takeNext();
    if (work === undefined) return;
    const { operation, input } = work;
    const { timeMs } = this.#options;
    child.work = work;
    this.#setTimer(child, timeMs, () => {
      // A result that arrived while this thread was busy is read before the time-out counts.
      eventLoop.nextTurn(() => {
        if (child.work === work) this.#end(child, 'time');
      });
    });
    // If the child is gone, its exit event follows.
    child.process.send({ operation, input } satisfies ToIsolated, () => undefined);
  }

  /** `undefined`: the start failed, and waiting operations were answered. */
  #start(): Child | undefined {
    const { name, clock, log } = this.#options;
    const started = this.#spawn();
    if (started === undefined) return undefined;
    const gone = Promise.withResolvers<undefined>();
    const child: Child = {
      process: started,
      gone: gone.promise,
      ready: false,
      used: false,
      work: undefined,
      timer: clock.after(START_MS, () => this.#end(child, 'start')),
      ended: undefined,
    };
    log.debug('isolated process started', { name, pid: started.pid });
    started.on('message', (message: FromIsolated) => this.#heard(child, message));
    const leave = (code: number | null, signal: string | null) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      child.timer.cancel();
      this.#left(child, code, signal);
      gone.resolve(undefined);
      this.#next();
    };
    started.on('exit', leave);
    // Without a pid it never ran, and there is no exit event.
    started.on('error', ({ message }) => {
      if (started.pid === undefined) leave(null, message);
    });
    return child;
  }

  #spawn(): ChildProcess | undefined {
    try {
      return spawnIsolated(this.#options);
    } catch (error) {
      // Out of memory is thrown; out of processes is an event.
      this.#failWaiting(
        byProcess(`it could not start: ${error instanceof Error ? error.message : String(error)}`),
      );
      return undefined;
    }
  }

  #heard(child: Child, message: FromIsolated): void {
    if (message.kind === 'ready') {
      child.ready = true;
      this.#rest(child, 'usual');
    } else {
      const work = child.work;
      if (work === undefined || child.ended !== undefined) return;
      child.work = undefined;
      child.used = true;
      if (message.held === 'worn') this.#end(child, 'worn');
      else this.#rest(child, message.held);
      work.settle(resultOf(message));
    }
    this.#next();
  }

  #left(child: Child, code: number | null, signal: string | null): void {
    const { name, log } = this.#options;
    const reason = `the process '${name}' ended (${signal ?? `code ${code ?? ''}`})`;
    if (child.ended === 'time') child.work?.settle({ kind: 'limit', limit: 'time' });
    // V8 aborts when its heap is full, as does the watch thread at its limit. Memory left by earlier operations is
    // not counted against this one.
    else if (signal === 'SIGABRT' && child.used && child.ended === undefined) this.#again = child.work;
    else if (signal === 'SIGABRT') child.work?.settle({ kind: 'limit', limit: 'memory' });
    else child.work?.settle(byProcess(reason));
    if (child.ended === undefined && child.work === undefined)
      log.warn('isolated process ended', { name, reason });
    // The next start would fail too.
    if (!child.ready) this.#failWaiting(byProcess(`it could not start: ${reason}`));
  }

  #rest(child: Child, held: HeldMemory): void {
    const idleMs = held === 'much' ? Math.min(IDLE_WITH_MUCH_MS, this.#options.idleMs) : this.#options.idleMs;
    this.#setTimer(child, idleMs, () => this.#end(child, 'idle'));
  }

  #setTimer(child: Child, afterMs: number, callback: () => void): void {
    child.timer.cancel();
    child.timer = this.#options.clock.after(afterMs, callback);
  }

  #end(child: Child, why: NonNullable<Child['ended']>): void {
    child.ended ??= why;
    child.timer.cancel();
    child.process.kill('SIGKILL');
  }

  #takeNext(): Work | undefined {
    const work = this.#again ?? this.#waiting.take();
    this.#again = undefined;
    return work;
  }

  #failWaiting(result: IsolatedResult<never>): void {
    for (let work = this.#takeNext(); work !== undefined; work = this.#takeNext()) work.settle(result);
  }
}
