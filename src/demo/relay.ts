/**
 * The relay of the demo: the real `bin/relayd.js` as a child process with a temporary data folder, operated through
 * the real `bin/relayctl.js`. Stopped with SIGTERM; all its files are removed. RELAY_ variables of the shell do not count:
 * they may name the store of a relay that is in use.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { withoutSettings } from '../config/read-environment.ts';
import { delay, systemClock } from '../platform/clock.ts';
import type { Service } from '../platform/lifecycle.ts';
import { readStatusFile, type BoundListener, type HttpListener } from '../app/status-file.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin');
const START_MS = 20_000;
const STOP_MS = 20_000;
const POLL_MS = 25;
const run = promisify(execFile);

/** A demo step that failed; the message names it. */
export class DemoFailure extends Error {
  readonly code = 'demo-failed';
}

export class DemoRelay implements Service {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'postern-demo-'));
  readonly #dataDir = path.join(this.#folder, 'data');
  readonly #configFile = path.join(this.#folder, 'relay.toml');
  readonly #logFile = path.join(this.#folder, 'relayd.log');
  #process: ChildProcess | undefined;
  #listeners: readonly BoundListener[] = [];
  #http: readonly HttpListener[] = [];

  /** Starts relayd with `config` (TOML; `data_dir` is added). Rejects with {@link DemoFailure}. */
  async start(config: string): Promise<void> {
    writeFileSync(this.#configFile, `data_dir = ${JSON.stringify(this.#dataDir)}\n${config}`);
    const log = openSync(this.#logFile, 'a');
    const child = spawn(process.execPath, [path.join(BIN, 'relayd.js'), '--config', this.#configFile], {
      env: withoutSettings(),
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#process = child;
    const deadlineMs = systemClock.monotonic() + START_MS;
    for (;;) {
      const status = readStatusFile(this.#dataDir);
      if (status !== undefined && status.pid === child.pid) {
        this.#listeners = status.listeners.submission;
        this.#http = status.listeners.http;
        return;
      }
      if (child.exitCode !== null) throw new DemoFailure('relayd ended before it listened');
      if (systemClock.monotonic() > deadlineMs) throw new DemoFailure('relayd did not listen in time');
      await delay(systemClock, POLL_MS);
    }
  }

  port(tls: BoundListener['tls']): number {
    const listener = this.#listeners.find((candidate) => candidate.tls === tls);
    if (listener === undefined) throw new DemoFailure(`relayd has no listener with ${tls}`);
    return listener.port;
  }

  get httpPort(): number {
    const [listener] = this.#http;
    if (listener === undefined) throw new DemoFailure('relayd serves no HTTP');
    return listener.port;
  }

  /** The output of `relayctl …`. Rejects with {@link DemoFailure} when it fails. */
  async ctl(...args: string[]): Promise<string> {
    try {
      const { stdout } = await run(
        process.execPath,
        [path.join(BIN, 'relayctl.js'), ...args, '--config', this.#configFile],
        { env: withoutSettings(), maxBuffer: 64 * 1024 * 1024 },
      );
      return stdout;
    } catch (cause) {
      const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
      throw new DemoFailure(`relayctl ${args.join(' ')} failed: ${said}`, { cause });
    }
  }

  /** The JSON of `relayctl … --json`. The caller knows its shape. */
  async ctlJson(...args: string[]): Promise<unknown> {
    return JSON.parse(await this.ctl(...args, '--json')) as unknown;
  }

  /** The last log lines of relayd, for a failed demo. */
  logTail(lines: number): string {
    try {
      return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
    } catch {
      return '';
    }
  }

  /** SIGTERM; resolves to the exit code, `undefined` when it had to be killed. */
  async terminate(): Promise<number | undefined> {
    const child = this.#process;
    if (child === undefined) return undefined;
    this.#process = undefined;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? undefined;
    return await new Promise((resolve) => {
      const timer = systemClock.after(STOP_MS, () => child.kill('SIGKILL'));
      child.once('exit', (code) => {
        timer.cancel();
        resolve(code ?? undefined);
      });
      child.kill('SIGTERM');
    });
  }

  /** SIGKILL; resolves when it has ended. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.terminate();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
