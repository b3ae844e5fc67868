/**
 * A standby that follows a server of postgres-server.ts by streaming, and can be promoted: then it is a server as that one
 * was, and may have a standby of its own. Its data is a copy of the primary's, made beside running transactions.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { asUser, POSTGRES_BIN, type PostgresServer } from '../../src/demo/postgres-server.ts';
import { eventually } from './eventually.ts';

export interface PostgresStandby extends PostgresServer {
  /** Resolves when it takes changes. */
  promote(): Promise<void>;
}

const PATIENT = { timeoutMs: 60_000, everyMs: 100 };
/** A file that went while it was copied: the log of changes says so too. */
const CP_VANISHED = 1;

/** `durable`: it syncs what it takes. Resolves when it streams; it waits for no standby of its own. */
export async function startStandby(
  primary: Pick<PostgresServer, 'host' | 'user' | 'database' | 'url'>,
  { durable = false } = {},
): Promise<PostgresStandby> {
  if (POSTGRES_BIN === undefined) throw new Error('there is no PostgreSQL');
  const binary = path.join(POSTGRES_BIN, 'postgres');
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-standby-'));
  const data = path.join(folder, 'data');
  const { uid, gid } = statSync(path.join(primary.host, 'data'));
  chownSync(folder, uid, gid);
  await copyData(primary, data);
  chmodSync(data, 0o700);
  const settings = [
    ...(durable ? [] : ['fsync=off']),
    'listen_addresses=',
    `unix_socket_directories=${folder}`,
    `primary_conninfo=host=${primary.host} user=${primary.user}`,
    'wal_retrieve_retry_interval=200ms',
  ];
  const run = () =>
    spawn(...asUser(binary, ['-D', data, ...settings.flatMap((one) => ['-c', one])]), {
      cwd: folder,
      stdio: 'ignore',
    });
  let server = run();
  const end = () => void server.kill('SIGQUIT');
  process.once('exit', end);
  const { user, database } = primary;
  const url = `postgres://${user}@/${database}?host=${encodeURIComponent(folder)}`;
  const ask = (text: string) => answerOf(url, text);
  const streams = async () =>
    (await ask("SELECT 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'")).length === 1;
  await eventually(streams, { ...PATIENT, what: 'the standby' });
  return {
    ...{ host: folder, user, database, url, socket: path.join(folder, '.s.PGSQL.5432') },
    get pid() {
      return server.pid ?? -1;
    },
    async promote() {
      await ask('SELECT pg_promote(true, 30)');
      const leads = async () =>
        (await ask('SELECT pg_is_in_recovery() AS follows'))[0]?.['follows'] === false;
      await eventually(leads, PATIENT);
    },
    crash: () => ended(server, 'SIGQUIT'),
    async restart() {
      server = run();
      await eventually(() => ask('SELECT 1'), { ...PATIENT, what: 'the server' });
    },
    async stop() {
      process.off('exit', end);
      await ended(server, 'SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function copyData({ host, url }: Pick<PostgresServer, 'host' | 'url'>, data: string): Promise<void> {
  const source = path.join(host, 'data');
  const { uid, gid } = statSync(source);
  const client = new pg.Client(url);
  await client.connect();
  await client.query("SELECT pg_backup_start('standby', true)");
  await promisify(execFile)('cp', ['-a', source, data]).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== CP_VANISHED) throw error;
  });
  const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
  await client.end();
  rmSync(path.join(data, 'postmaster.pid'), { force: true });
  const files = [
    ['backup_label', rows[0]?.labelfile ?? ''],
    ['standby.signal', ''],
    // What the primary was told, such as to wait for a standby.
    ['postgresql.auto.conf', ''],
  ] as const;
  for (const [name, text] of files) {
    writeFileSync(path.join(data, name), text);
    chownSync(path.join(data, name), uid, gid);
  }
}

async function answerOf(url: string, text: string): Promise<readonly pg.QueryResultRow[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<pg.QueryResultRow>(text)).rows;
  } finally {
    await client.end();
  }
}

async function ended(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = new Promise((resolve) => server.once('exit', resolve));
  server.kill(signal);
  await exited;
}
