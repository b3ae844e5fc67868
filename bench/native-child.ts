/**
 * A native tool as a child of a benchmark run, with the surface of {@link Child}: messages out are lines of fields on its
 * stdin (bench/native/command.h says how they look), messages in are lines of JSON on its stdout. It ends when its stdin
 * does, so it does not outlive this process either.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { stopProcess } from './child.ts';
import type { ToolProcess } from './tool-process.ts';

const STOP_MS = 5_000;

/** Fields of a command; those that are `undefined` are left out. */
export type CommandFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface NativeChildOptions {
  readonly program: string;
  /** Its argv, as fields. */
  readonly fields: CommandFields;
  /** The command that a message becomes. */
  readonly commandOf: (message: object) => { readonly verb: string; readonly fields: CommandFields };
  /** Called once when it has ended. */
  readonly onEnded?: () => void;
}

export class NativeChild implements ToolProcess {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #options: NativeChildOptions;
  /** Lines that came before anybody asked for them. */
  readonly #unread: string[] = [];
  #waiting: { readonly onLine: (line: string) => void; readonly onEnded: () => void } | undefined;
  #ended = false;

  constructor(options: NativeChildOptions) {
    this.#options = options;
    this.#process = spawn(options.program, words(options.fields), { stdio: ['pipe', 'pipe', 'inherit'] });
    // Its end is noticed by 'close'; what is written to it after that is lost.
    this.#process.stdin.on('error', () => undefined);
    createInterface({ input: this.#process.stdout, crlfDelay: Infinity }).on('line', (line) => {
      if (this.#waiting === undefined) this.#unread.push(line);
      else this.#waiting.onLine(line);
    });
    this.#process.on('error', () => this.#onEnded());
    this.#process.on('close', () => this.#onEnded());
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  send(message: object): void {
    const { verb, fields } = this.#options.commandOf(message);
    this.#process.stdin.write(`${[verb, ...words(fields)].join(' ')}\n`);
  }

  async next<T>(withinMs: number): Promise<T> {
    const name = path.basename(this.#options.program);
    const line = await new Promise<string>((resolve, reject) => {
      const unread = this.#unread.shift();
      if (unread !== undefined) {
        resolve(unread);
        return;
      }
      if (this.#ended) {
        reject(new Error(`${name} has ended`));
        return;
      }
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.#waiting = undefined;
        act();
      };
      const timer = setTimeout(
        () => settle(() => reject(new Error(`${name} said nothing for ${withinMs} ms`))),
        withinMs,
      );
      this.#waiting = {
        onLine: (text) => settle(() => resolve(text)),
        onEnded: () => settle(() => reject(new Error(`${name} ended unexpectedly`))),
      };
    });
    return JSON.parse(line) as T;
  }

  async stop(): Promise<void> {
    if (this.#ended) return;
    await stopProcess(this.#process, 'SIGTERM', STOP_MS);
  }

  #onEnded(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onEnded?.();
    this.#waiting?.onEnded();
  }
}

function words(fields: CommandFields): readonly string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
}
