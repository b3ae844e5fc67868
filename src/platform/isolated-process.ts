/**
 * Work on what an outsider has shaped, in a process of its own with limits of time, memory and output. A worker thread
 * would not do: V8 ends the whole process on one allocation that is too large, whatever limits the thread has.
 *
 * One child, started at first use and ended when it has been idle; one operation at a time, waiting ones party by party.
 * An operation that passes a limit ends the child and nothing else: the next gets a new one. Only what runs out of memory
 * in a child that is fresh has itself to blame; in a used one it is tried once more. Node.js runs the entry
 * module as it is, so it works from `.ts` sources and from `dist/` alike.
 */
import type { ChildProcess } from 'node:child_process';
import type { Clock, Timer } from './clock.ts';
import { eventLoop } from './event-loop.ts';
import type { FromIsolated, HeldMemory, ToIsolated } from './isolated-entry.ts';
import { byProcess, resultOf, type IsolatedResult } from './isolated-result.ts';
import { spawnIsolated } from './isolated-spawn.ts';
import type { Log } from './log.ts';
import { PartyQueue } from './party-queue.ts';

export interface IsolatedOptions {
  /** What it is for: in the log, and in the title of the process. */
  readonly name: string;
  /** The module that the child runs; it calls `serveIsolated` (isolated-entry.ts). */
  readonly entry: URL;
  /** For one operation, from when the child takes it. */
  readonly timeMs: number;
  /** V8's old space in the child. Memory outside of the heap is bounded as well (isolated-watch.ts). */
  readonly heapMiB: number;
  /** Operations that may wait beside the one in hand; beyond that, whoever has most waiting gets `busy`. */
  readonly maxWaiting: number;
  /** Of one answer, serialized. */
  readonly maxOutputBytes: number;
  /** The child ends after that long without work. */
  readonly idleMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface IsolatedProcess {
  /**
   * `party`: whose work it is (an account, a network): waiting work is taken party by party, round robin. Input and
   * value cross by structured clone. Never rejects.
   */
  run<Out>(operation: string, input: unknown, party: string): Promise<IsolatedResult<Out>>;
  /** Ends the child. What is in hand or waits is answered as failed by the process. Resolves when the child is gone. */
  stop(): Promise<void>;
}

/** Node.js and the modules of the entry, on a machine that has much else to do. */
const START_MS = 20_000;
/** What has been filled up by large operations gives it back soon; small ones fill it once in hours. */
const IDLE_WITH_MUCH_MS = 1_000;
export function createIsolatedProcess(options: IsolatedOptions): IsolatedProcess {
  const lane = new IsolatedLane(options);
  return {
    run: <Out>(operation: string, input: unknown, party: string) =>
      lane.run(operation, input, party) as Promise<IsolatedResult<Out>>,
    stop: () => lane.stop(),
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
  /** It has answered an operation, and may hold what that left behind. */
  used: boolean;
  /** In hand. */
  work: Work | undefined;
  /** For its start, its operation or its idle end. */
  timer: Timer;
  /** Why it was ended by us. */
  ended: 'time' | 'start' | 'worn' | 'idle' | 'stop' | undefined;
}

class IsolatedLane {
  readonly #options: IsolatedOptions;
  readonly #waiting: PartyQueue<Work>;
  /** Ran out of memory in a child that others had used: has the next one first. */
  #again: Work | undefined;
  #child: Child | undefined;
  #stopped = false;

  constructor(options: IsolatedOptions) {
    this.#options = options;
    this.#waiting = new PartyQueue(options.maxWaiting);
  }

  run(operation: string, input: unknown, party: string): Promise<IsolatedResult<unknown>> {
    if (this.#stopped) return Promise.resolve(byProcess('it was stopped'));
    return new Promise((settle) => {
      // With an idle child it waits for no longer than this turn.
      this.#waiting.add(party, { operation, input, settle })?.settle({ kind: 'busy' });
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
      // An answer that has come while this thread was busy is read before the child is called too slow.
      eventLoop.nextTurn(() => {
        if (child.work === work) this.#end(child, 'time');
      });
    });
    // A child that is gone says so by its exit.
    child.process.send({ operation, input } satisfies ToIsolated, () => undefined);
  }

  /** `undefined`: the system would not; what waits has been told. */
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
    // Without a pid it never ran, and there is no exit.
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
    // V8 aborts when its heap is full, and so does the watch thread when the process is. What earlier operations left
    // there is not held against this one.
    else if (signal === 'SIGABRT' && child.used && child.ended === undefined) this.#again = child.work;
    else if (signal === 'SIGABRT') child.work?.settle({ kind: 'limit', limit: 'memory' });
    else child.work?.settle(byProcess(reason));
    if (child.ended === undefined && child.work === undefined)
      log.warn('isolated process ended', { name, reason });
    // Whoever waits would only see the next one fail to start.
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
