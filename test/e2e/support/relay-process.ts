/**
 * The real relayd and relayctl as child processes: `bin/relayd.js` on a temporary data folder, with ports of the
 * system's choice, stopped or killed by process id. Everything waits for a condition, nothing sleeps for a guess.
 * What it needs is built before the tests (`npm test` does so).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RelayStatus } from '../../../src/app/status-file.ts';
import { withoutSettings } from '../../../src/config/read-environment.ts';
import { unstyledLines } from './log-style.ts';
import { isTable, toToml, type TomlTables } from './toml.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
/** Bounds for what hangs; a machine that does much else takes its time. */
const START_MS = 60_000;
const STOP_MS = 40_000;
const CTL_MS = 90_000;
const POLL_MS = 20;

export type { TomlTables } from './toml.ts';

export interface RelayOptions {
  /** Keys that differ from the harness's own: loopback ports, temporary data folder, JSON log. */
  readonly config?: TomlTables;
  /** `host:port` of the DNS server that it asks. */
  readonly dnsServer: string;
  /** The port of every MX host. */
  readonly mxPort: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The folder of the program. Default: this source. */
  readonly root?: string;
  /** Default: in the folder that goes away at the end. */
  readonly dataDir?: string;
  /** What starts relayd, and becomes it by exec(3), such as `ip netns exec NAME`. */
  readonly launcher?: readonly string[];
  /** Descriptors of sockets that listen, given to relayd as systemd does (sd_listen_fds(3)), with their names. */
  readonly sockets?: readonly { readonly fd: number; readonly name: string }[];
  /** Arguments for Node.js itself, such as `--cpu-prof`. */
  readonly nodeArguments?: readonly string[];
}

export interface CtlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A relayctl that failed where the caller wanted success. */
export class CtlError extends Error {
  readonly result: CtlResult;
  constructor(args: readonly string[], result: CtlResult) {
    super(
      `relayctl ${args.join(' ')} exited ${result.code}: ${result.stderr.trim() || result.stdout.trim()}`,
    );
    this.result = result;
  }
}

/** A data folder and configuration on which relayd is started, stopped, killed and started again. */
export class Relay {
  readonly folder: string;
  readonly dataDir: string;
  readonly configFile: string;
  readonly #options: RelayOptions;
  #process: ChildProcess | undefined;
  #status: RelayStatus | undefined;
  #starts = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.folder = mkdtempSync(path.join(tmpdir(), 'postern-test-'));
    this.dataDir = options.dataDir ?? path.join(this.folder, 'data');
    this.configFile = path.join(this.folder, 'relay.toml');
    this.configure({});
  }

  /** Writes the configuration file anew, with `changes` beside what the options say. */
  configure(changes: TomlTables): void {
    const own: TomlTables = {
      hostname: 'relay.test',
      data_dir: this.dataDir,
      submission: { listen: ['127.0.0.1:0'], listen_tls: ['127.0.0.1:0'] },
      http: { listen: [] },
      dns: { servers: [this.#options.dnsServer] },
      delivery: { port: this.#options.mxPort, allow_private_addresses: true },
      // Nobody outside is greeted.
      checks: { egress: [] },
      log: { format: 'json', level: 'info' },
    };
    writeFileSync(this.configFile, toToml(merge(merge(own, this.#options.config ?? {}), changes)));
  }

  /** Starts relayd and resolves when it listens. Rejects with its log when it ends first. */
  async start(): Promise<void> {
    const child = this.spawn();
    const exited = exitOf(child);
    const deadlineMs = performance.now() + START_MS;
    for (;;) {
      const status = this.#readStatus();
      if (status?.pid === child.pid) {
        this.#status = status;
        return;
      }
      if (hasEnded(child))
        throw new Error(`relayd ended before it listened (${await exited}):\n${this.log()}`);
      if (performance.now() > deadlineMs) {
        child.kill('SIGKILL');
        throw new Error(`relayd did not listen within ${START_MS} ms:\n${this.log()}`);
      }
      await pause();
    }
  }

  /** Starts relayd without waiting for anything. Its output goes to the log of this start. */
  spawn(): ChildProcess {
    const output = openSync(this.#logFile(++this.#starts), 'a');
    const { launcher = [], nodeArguments = [], env, sockets = [] } = this.#options;
    const given = sockets.length === 0 ? {} : listenVariables(sockets);
    const [program, ...args] = [...launcher, process.execPath, ...nodeArguments, 'bin/relayd.js'];
    const child = spawn(program, [...args, '--config', this.configFile], {
      cwd: this.#options.root ?? ROOT,
      env: { ...withoutSettings(), ...given, ...env },
      stdio: ['ignore', output, output, ...sockets.map(({ fd }) => fd)],
    });
    closeSync(output);
    this.#process = child;
    return child;
  }

  get pid(): number {
    return this.#process?.pid ?? -1;
  }

  get running(): boolean {
    return this.#process !== undefined && !hasEnded(this.#process);
  }

  /** The port that offers STARTTLS. */
  get port(): number {
    return this.#portOf('starttls');
  }

  /** The port with implicit TLS. */
  get tlsPort(): number {
    return this.#portOf('implicit');
  }

  /** Where the API is, without a slash at the end. Needs `http.listen` in the configuration. */
  get httpUrl(): string {
    const listener = this.#status?.listeners.http.find(({ tls }) => !tls);
    if (listener === undefined) throw new Error('relayd has no HTTP listener');
    const host = listener.host.includes(':') ? `[${listener.host}]` : listener.host;
    return `http://${host}:${listener.port}`;
  }

  /** Where links in mail are answered, without a slash at the end. Needs `http.public_listen` in the configuration. */
  get publicUrl(): string {
    const listener = this.#status?.listeners.public.find(({ tls }) => !tls);
    if (listener === undefined) throw new Error('relayd has no public listener');
    return `http://${listener.host}:${listener.port}`;
  }

  /** What it listens on, by service. Empty lists before it runs. */
  listeners(): RelayStatus['listeners'] {
    return this.#status?.listeners ?? { submission: [], inbound: [], http: [], public: [], acme: [] };
  }

  /** The port for reports. Needs `inbound.listen` in the configuration. */
  get inboundPort(): number {
    const listener = this.#status?.listeners.inbound[0];
    if (listener === undefined) throw new Error('relayd has no inbound listener');
    return listener.port;
  }

  /** SIGTERM; resolves to the exit code, or the signal's name when it had to be killed. */
  async stop(): Promise<number | string> {
    return await this.end('SIGTERM');
  }

  /** SIGKILL: the crash. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async end(signal: NodeJS.Signals): Promise<number | string> {
    const child = this.#process;
    if (child === undefined) return 0;
    const exited = exitOf(child);
    if (!hasEnded(child)) child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    try {
      return await exited;
    } finally {
      clearTimeout(timer);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Resolves when relayd has ended by itself. */
  async ended(): Promise<number | string> {
    if (this.#process === undefined) return 0;
    return await exitOf(this.#process);
  }

  /** What all starts so far have printed. */
  log(): string {
    let text = '';
    for (let start = 1; start <= this.#starts; start++) text += readFileSync(this.#logFile(start), 'utf8');
    return text;
  }

  /** Runs relayctl and resolves whatever it says. */
  async ctlRaw(args: readonly string[], input?: string): Promise<CtlResult> {
    const child = spawn(process.execPath, ['bin/relayctl.js', ...args, '--config', this.configFile], {
      cwd: this.#options.root ?? ROOT,
      env: { ...withoutSettings(), NO_COLOR: '1', ...this.#options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.stdin.end(input ?? '');
    const timer = setTimeout(() => child.kill('SIGKILL'), CTL_MS);
    const code = await exitOf(child);
    clearTimeout(timer);
    return { code: typeof code === 'number' ? code : 255, stdout: await stdout, stderr: await stderr };
  }

  /** Runs `relayctl … --json` and resolves to its one document; {@link CtlError} unless it exits 0. */
  async ctl<T>(...args: string[]): Promise<T> {
    const result = await this.ctlRaw([...args, '--json']);
    if (result.code !== 0) throw new CtlError(args, result);
    return JSON.parse(result.stdout) as T;
  }

  /** The same for commands that print one object a line. */
  async ctlList<T>(...args: string[]): Promise<T[]> {
    const result = await this.ctlRaw([...args, '--json']);
    if (result.code !== 0) throw new CtlError(args, result);
    return result.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  }

  /** Ends relayd if it runs and removes every file. Fails when a line of its log broke the style. */
  async dispose(): Promise<void> {
    if (this.running) await this.kill();
    const unstyled = existsSync(this.folder) ? unstyledLines(this.log()) : [];
    rmSync(this.folder, { recursive: true, force: true });
    if (unstyled.length > 0)
      throw new Error(`lines of the log that break its style:\n${unstyled.join('\n')}`);
  }

  #portOf(tls: 'starttls' | 'implicit'): number {
    const listener = this.#status?.listeners.submission.find((candidate) => candidate.tls === tls);
    if (listener === undefined) throw new Error(`relayd has no ${tls} listener`);
    return listener.port;
  }

  #readStatus(): RelayStatus | undefined {
    try {
      return JSON.parse(readFileSync(path.join(this.dataDir, 'relayd.json'), 'utf8')) as RelayStatus;
    } catch {
      return undefined;
    }
  }

  #logFile(start: number): string {
    return path.join(this.folder, `relayd-${start}.log`);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function exitOf(child: ChildProcess): Promise<number | string> {
  if (!hasEnded(child)) await new Promise((resolve) => child.once('exit', resolve));
  return child.exitCode ?? child.signalCode ?? 'unknown';
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

function merge(base: TomlTables, changes: TomlTables): TomlTables {
  const merged: Record<string, TomlTables[string]> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const before = merged[key];
    merged[key] = isTable(value) && isTable(before) ? { ...before, ...value } : value;
  }
  return merged;
}

function listenVariables(sockets: readonly { readonly name: string }[]): Readonly<Record<string, string>> {
  return {
    LISTEN_FDS: String(sockets.length),
    LISTEN_FDNAMES: sockets.map(({ name }) => name).join(':'),
  };
}
