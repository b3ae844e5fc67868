/**
 * The native load generator and sink behind the messages of the Node.js ones: LoadOptions and SinkCommand become their
 * commands. What they do not speak, HTTP, goes to the Node.js generator, which is started when it is first needed.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Child } from './child.ts';
import type { LoadOptions } from './load-generator.ts';
import type { NativePrograms } from './native-build.ts';
import { NativeChild, type CommandFields } from './native-child.ts';
import type { SinkCommand, SinkOptions } from './sink.ts';
import type { ToolProcess, Tools } from './tool-process.ts';

export function nativeTools(programs: NativePrograms): Tools {
  return {
    name: 'native',
    startGenerator: () => new NativeGenerator(programs.generator),
    startSink: (options) => startNativeSink(programs.sink, options),
  };
}

class NativeGenerator implements ToolProcess {
  readonly #smtp: NativeChild;
  #http: Child | undefined;
  #current: ToolProcess;

  constructor(program: string) {
    const commandOf = (message: object) => ({ verb: 'load', fields: loadFields(message as LoadOptions) });
    this.#smtp = new NativeChild({ program, fields: {}, commandOf });
    this.#current = this.#smtp;
  }

  get pid(): number {
    return this.#current.pid;
  }

  send(message: object): void {
    const { http, target } = message as LoadOptions;
    if (http === undefined && !target.resumeSessions) this.#current = this.#smtp;
    else this.#current = this.#http ??= new Child('load-generator.ts', {});
    this.#current.send(message);
  }

  async next<T>(withinMs: number): Promise<T> {
    return await this.#current.next<T>(withinMs);
  }

  async stop(): Promise<void> {
    await this.#smtp.stop();
    await this.#http?.stop();
  }
}

function loadFields({ target, run, ratePerSecond, ...options }: LoadOptions): CommandFields {
  const { sizeBytes, connections, reuse, count, maxSeconds } = options;
  const { host, port, tls, auth, pipelining, from, to } = target;
  return {
    run,
    host,
    port,
    tls,
    username: auth?.username,
    password: auth?.password,
    pipelining,
    from,
    to,
    ...{ sizeBytes, connections, reuse, count, maxSeconds, ratePerSecond },
  };
}

function startNativeSink(program: string, { host, port, tls, delayMs }: SinkOptions): ToolProcess {
  const commandOf = (message: object) => {
    const { command: verb, ...fields } = message as SinkCommand;
    return { verb, fields };
  };
  if (tls === undefined) return new NativeChild({ program, fields: { host, port, delayMs }, commandOf });
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-sink-'));
  const certificate = path.join(folder, 'certificate.pem');
  const key = path.join(folder, 'key.pem');
  writeFileSync(certificate, tls.cert, { mode: 0o600 });
  writeFileSync(key, tls.key, { mode: 0o600 });
  return new NativeChild({
    program,
    fields: { host, port, delayMs, certificate, key },
    commandOf,
    onEnded: () => rmSync(folder, { recursive: true, force: true }),
  });
}
