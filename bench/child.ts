/**
 * Children of a benchmark run, started and stopped by process id: a forked script that speaks JSON over IPC. Every
 * child ends with the run, also when the run fails.
 */
import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { ToolProcess } from './tool-process.ts';

const STOP_MS = 5_000;

/** A forked script of this folder. */
export class Child implements ToolProcess {
  readonly #process: ChildProcess;
  readonly #name: string;

  constructor(script: string, argument: unknown) {
    this.#name = script;
    this.#process = fork(path.join(import.meta.dirname, script), [JSON.stringify(argument)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [],
    });
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  send(message: object): void {
    this.#process.send(message);
  }

  /** The next message that the child sends. Rejects when it ends first or says nothing for `withinMs`. */
  async next<T>(withinMs: number): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.#process.off('message', onMessage);
        this.#process.off('exit', onExit);
        act();
      };
      const onMessage = (message: unknown) => settle(() => resolve(message as T));
      const onExit = () => settle(() => reject(new Error(`${this.#name} ended unexpectedly`)));
      const timer = setTimeout(
        () => settle(() => reject(new Error(`${this.#name} said nothing for ${withinMs} ms`))),
        withinMs,
      );
      this.#process.on('message', onMessage);
      this.#process.on('exit', onExit);
    });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    await stopProcess(this.#process, 'SIGTERM', STOP_MS);
  }
}

/** Signals `child`, and kills it when it is still there after `withinMs`; resolves when it has ended. */
export async function stopProcess(
  child: ChildProcess,
  signal: NodeJS.Signals,
  withinMs: number,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill(signal);
  });
}
