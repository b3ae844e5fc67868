/**
 * The load generator: a process of its own that submits messages over N connections, a new one for each message or
 * reused, bounded in count and time, as fast as it can or at a fixed rate. Reports accepted messages a second, the
 * latency of acceptance and its own processor time. Latency runs from the moment that work on a message begins
 * (before connecting, where each has its own connection; at the time it was due, where there is a rate, so that a
 * server that stalls cannot hide it) to the 250 after the final dot.
 *
 * Driven over the IPC channel of child_process.fork: a `LoadOptions` in, a `LoadResult` out.
 */
import { BenchMessage, HttpBenchMessage } from './bench-message.ts';
import { Histogram, type LatencySummary } from './histogram.ts';
import { HttpLoadConnection, type HttpLoadTarget } from './http-load-connection.ts';
import { LoadConnection, type LoadHandlers, type LoadTarget } from './load-connection.ts';
import { memoryOf, monotonicUs } from './measure.ts';

export interface LoadOptions {
  readonly run: number;
  readonly target: LoadTarget;
  /** By HTTP instead, on connections that stay. */
  readonly http?: HttpLoadTarget | undefined;
  readonly sizeBytes: number;
  readonly connections: number;
  readonly reuse: boolean;
  /** Messages to start at the most. */
  readonly count: number;
  /** No message is started later than this after the first. */
  readonly maxSeconds: number;
  /** Messages a second, evenly spaced; `undefined`: as fast as it goes. */
  readonly ratePerSecond: number | undefined;
}

export interface LoadResult {
  readonly started: number;
  readonly accepted: number;
  /** Sequence numbers that were started and not answered 250, at most a thousand of them. */
  readonly notAccepted: readonly number[];
  /** What went wrong and how often. */
  readonly problems: Readonly<Record<string, number>>;
  readonly firstStartUs: number;
  readonly lastAcceptUs: number;
  readonly acceptLatency: LatencySummary;
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** A generator that meets nothing but errors gives up rather than spin. */
const MAX_PROBLEMS = 1_000;
const PACE_MS = 1;

export async function generateLoad(options: LoadOptions): Promise<LoadResult> {
  return await new Promise((resolve) => {
    new LoadRun(options, resolve).start();
  });
}

class LoadRun {
  readonly #options: LoadOptions;
  readonly #message: BenchMessage | HttpBenchMessage;
  readonly #done: (result: LoadResult) => void;
  readonly #latency = new Histogram();
  readonly #acceptedFlags: Uint8Array;
  readonly #problems = new Map<string, number>();
  readonly #cpuBefore = process.cpuUsage();
  /** Workers that wait for a message to become due. */
  readonly #idle: (() => void)[] = [];
  readonly #firstStartUs = monotonicUs();
  #pace: NodeJS.Timeout | undefined;
  #workers = 0;
  #started = 0;
  #accepted = 0;
  #problemCount = 0;
  #lastAcceptUs = 0;

  constructor(options: LoadOptions, done: (result: LoadResult) => void) {
    this.#options = options;
    const { sizeBytes, http } = options;
    const { from, to } = options.target;
    this.#message =
      http === undefined
        ? new BenchMessage({ sizeBytes, from, to })
        : new HttpBenchMessage({ sizeBytes, from, to, host: http.host, key: http.key });
    this.#acceptedFlags = new Uint8Array(options.count);
    this.#done = done;
  }

  start(): void {
    this.#workers = this.#options.connections;
    for (let i = 0; i < this.#options.connections; i++) this.#work();
    if (this.#options.ratePerSecond !== undefined) {
      this.#pace = setInterval(() => this.#wakeIdle(), PACE_MS);
    }
  }

  /** One of the N connections at a time: opens, sends one message or all it can get, closes, again. */
  #work(): void {
    if (this.#options.reuse) {
      this.#connect(undefined);
      return;
    }
    this.#whenDue((message) => {
      if (message === undefined) this.#workerEnded();
      else this.#connect(message);
    });
  }

  #connect(first: DueMessage | undefined): void {
    let current = first;
    let sent = false;
    const connection = this.#open({
      onReady: () => {
        if (!this.#options.reuse) {
          if (sent || current === undefined) connection.quit();
          else connection.send(this.#stamped(current));
          sent = true;
          return;
        }
        this.#whenDue((message) => {
          current = message;
          if (message === undefined) connection.quit();
          else connection.send(this.#stamped(message));
        });
      },
      onAccepted: () => {
        if (current !== undefined) this.#onAccepted(current);
      },
      onClosed: (problem) => {
        if (problem !== undefined) this.#onProblem(problem);
        if (this.#exhausted()) this.#workerEnded();
        else this.#work();
      },
    });
  }

  #open(handlers: LoadHandlers): Pick<LoadConnection, 'send' | 'quit'> {
    const { http, target } = this.#options;
    return http === undefined ? new LoadConnection(target, handlers) : new HttpLoadConnection(http, handlers);
  }

  #stamped(message: DueMessage): readonly [Buffer, Buffer] {
    return this.#message.stamped({ run: this.#options.run, ...message });
  }

  /** Calls back with the next message when it is due, with `undefined` when there is none any more. */
  #whenDue(callback: (message: DueMessage | undefined) => void): void {
    if (this.#exhausted()) {
      callback(undefined);
      return;
    }
    const nowUs = monotonicUs();
    const rate = this.#options.ratePerSecond;
    const dueUs = rate === undefined ? nowUs : this.#firstStartUs + (this.#started / rate) * 1e6;
    if (dueUs > nowUs) this.#idle.push(() => this.#whenDue(callback));
    else callback({ sequence: this.#started++, startedAtUs: Math.floor(dueUs) });
  }

  #wakeIdle(): void {
    for (const wake of this.#idle.splice(0)) wake();
  }

  #exhausted(): boolean {
    return (
      this.#started >= this.#options.count ||
      this.#problemCount >= MAX_PROBLEMS ||
      monotonicUs() - this.#firstStartUs > this.#options.maxSeconds * 1e6
    );
  }

  #onAccepted(message: DueMessage): void {
    const nowUs = monotonicUs();
    this.#accepted++;
    this.#acceptedFlags[message.sequence] = 1;
    this.#lastAcceptUs = nowUs;
    this.#latency.record(nowUs - message.startedAtUs);
  }

  #onProblem(problem: string): void {
    this.#problemCount++;
    const key = problem.slice(0, 120);
    if (this.#problems.size < 20 || this.#problems.has(key)) {
      this.#problems.set(key, (this.#problems.get(key) ?? 0) + 1);
    }
  }

  #workerEnded(): void {
    if (--this.#workers > 0) return;
    clearInterval(this.#pace);
    const cpu = process.cpuUsage(this.#cpuBefore);
    const notAccepted: number[] = [];
    for (let sequence = 0; sequence < this.#started && notAccepted.length < 1_000; sequence++) {
      if (this.#acceptedFlags[sequence] === 0) notAccepted.push(sequence);
    }
    this.#done({
      started: this.#started,
      accepted: this.#accepted,
      notAccepted,
      problems: Object.fromEntries(this.#problems),
      firstStartUs: this.#firstStartUs,
      lastAcceptUs: this.#lastAcceptUs,
      acceptLatency: this.#latency.summary(),
      cpuMs: (cpu.user + cpu.system) / 1000,
      rssBytes: memoryOf(process.pid)?.rssBytes ?? 0,
    });
  }
}

interface DueMessage {
  readonly sequence: number;
  readonly startedAtUs: number;
}

if (import.meta.main && process.send !== undefined) {
  process.on('message', (options: LoadOptions) => {
    void generateLoad(options).then((result) => process.send?.(result));
  });
}
