/**
 * Client programs that fetch.sh unpacked, run where they expect to be: in a mount namespace of their own, in which their
 * files lie over /usr and /etc, and /var and /run are a folder of the test's. Nothing is installed, and programs that exclude
 * each other run side by side. A PID namespace goes with it: what a program leaves behind ends with its first process.
 * Needs root; elsewhere every client is skipped by name.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run, type ProgramResult } from '../../e2e/support/programs.ts';

const CACHE =
  process.env['CLIENTS_CACHE'] ?? path.resolve(import.meta.dirname, '../../../node_modules/.cache/clients');
const NAMESPACES = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** Lays the files over the machine's own, then becomes what is asked for. */
const ENTER = `
set -eu
work=$1 root=$2; shift 2
over() { [ -d "$1" ] && mount -t overlay overlay -o "lowerdir=$1:$2" "$2" || true; }
over "$root/usr" /usr
mount -t overlay overlay -o "lowerdir=$work/etc:$root/etc:/etc" /etc
mount --bind "$work/var" /var
mount --bind "$work/run" /run
exec "$@"
`;

const mayEnter =
  process.getuid?.() === 0 &&
  spawnSync('unshare', [...NAMESPACES, 'true'], { stdio: 'ignore' }).status === 0 &&
  existsSync('/usr/bin/mount');

/** Why a client cannot be run here; `undefined`: it can. */
export function missing(client: string): string | undefined {
  if (!mayEnter) return 'needs root and mount namespaces';
  return existsSync(path.join(CACHE, `${client}.complete`)) ? undefined : 'run test/clients/fetch.sh';
}

export interface User {
  readonly name: string;
  readonly id: number;
}

/** One client with its files and a folder for what it writes. */
export class Unpacked implements Disposable {
  readonly #work: string;
  readonly #root: string;
  readonly #started: ChildProcess[] = [];

  /** `users`: those that its package would have made, each with a group of the same name. */
  constructor(client: string, users: readonly User[] = []) {
    this.#root = path.join(CACHE, client);
    this.#work = mkdtempSync(path.join(tmpdir(), `postern-${client}-`));
    for (const folder of ['etc', 'var/tmp', 'var/log', 'var/mail', 'var/spool', 'var/lib', 'run'])
      mkdirSync(path.join(this.#work, folder), { recursive: true });
    mkdirSync(path.join(this.#root, 'etc'), { recursive: true });
    if (existsSync(path.join(this.#root, 'var')))
      cpSync(path.join(this.#root, 'var'), path.join(this.#work, 'var'), { recursive: true });
    symlinkSync('/run', path.join(this.#work, 'var/run'));
    const append = (file: string, lines: readonly string[]) =>
      this.write(
        file,
        `${readFileSync(file, 'utf8').trimEnd()}\n${lines.map((line) => `${line}\n`).join('')}`,
      );
    append(
      '/etc/passwd',
      users.map(({ name, id }) => `${name}:x:${id}:${id}::/nonexistent:/usr/sbin/nologin`),
    );
    append(
      '/etc/group',
      users.map(({ name, id }) => `${name}:x:${id}:`),
    );
    this.write('/etc/hosts', '127.0.0.1 localhost satellite.localdomain satellite relay.test\n');
    this.write('/etc/resolv.conf', 'lookup file\n');
    this.write('/etc/hostname', 'satellite.localdomain\n');
    this.write('/etc/mailname', 'satellite.localdomain\n');
  }

  /** A file as the client sees it, in /etc, /var or /run. */
  write(file: string, content: string, mode = 0o644): void {
    const target = path.join(this.#work, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content, { mode });
  }

  /** What the client wrote into it; empty while it is not there. */
  read(file: string): string {
    const target = path.join(this.#work, file);
    return existsSync(target) ? readFileSync(target, 'utf8') : '';
  }

  has(file: string): boolean {
    return existsSync(path.join(this.#work, file));
  }

  /** What the client and its own log said, for the words of a failure. */
  logs(): string {
    const folder = path.join(this.#work, 'var/log');
    const logs = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => path.join('/', path.relative(this.#work, parentPath), name));
    return ['/run/output', ...logs].map((file) => this.read(file)).join('\n');
  }

  /** Runs a program to its end. */
  async run(
    command: readonly string[],
    options: { readonly input?: string | Uint8Array; readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<ProgramResult> {
    return await run('unshare', this.#arguments(command), options);
  }

  /** Starts a program that goes on until the end; what it says is in `/run/output`. */
  start(script: string): void {
    const redirected = `exec >/run/output 2>&1; ${script}`;
    this.#started.push(
      spawn('unshare', this.#arguments(['sh', '-c', redirected]), { stdio: ['ignore', 'ignore', 'ignore'] }),
    );
  }

  #arguments(command: readonly string[]): readonly string[] {
    return [...NAMESPACES, 'sh', '-c', ENTER, 'enter', this.#work, this.#root, ...command];
  }

  [Symbol.dispose](): void {
    // The namespace ends with its first process, and everything in it.
    for (const child of this.#started) child.kill('SIGKILL');
    rmSync(this.#work, { recursive: true, force: true });
  }
}
