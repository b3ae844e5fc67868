/** A standby that follows a server of postgres-server.ts by streaming, and can be promoted. Its data is a copy of the primary's. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { asUser, POSTGRES_BIN, type PostgresServer } from '../../src/demo/postgres-server.ts';
import { eventually } from './eventually.ts';

export interface PostgresStandby {
  readonly socket: string;
  /** Resolves when it takes changes. */
  promote(): Promise<void>;
  stop(): Promise<void>;
}

export async function startStandby(primary: PostgresServer): Promise<PostgresStandby> {
  if (POSTGRES_BIN === undefined) throw new Error('there is no PostgreSQL');
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-standby-'));
  const data = path.join(folder, 'data');
  const source = path.join(primary.host, 'data');
  const { uid, gid } = statSync(source);
  chownSync(folder, uid, gid);
  const client = new pg.Client(primary.url);
  await client.connect();
  await client.query("SELECT pg_backup_start('standby', true)");
  execFileSync('cp', ['-a', source, data]);
  const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
  await client.end();
  rmSync(path.join(data, 'postmaster.pid'), { force: true });
  const files = [
    ['backup_label', rows[0]?.labelfile ?? ''],
    ['standby.signal', ''],
  ] as const;
  for (const [name, text] of files) {
    writeFileSync(path.join(data, name), text);
    chownSync(path.join(data, name), uid, gid);
  }
  chmodSync(data, 0o700);
  const settings = [
    'fsync=off',
    'listen_addresses=',
    `unix_socket_directories=${folder}`,
    `primary_conninfo=host=${primary.host} user=${primary.user}`,
    'synchronous_standby_names=',
  ];
  const server = spawn(
    ...asUser(path.join(POSTGRES_BIN, 'postgres'), ['-D', data, ...settings.flatMap((one) => ['-c', one])]),
    { cwd: folder, stdio: 'ignore' },
  );
  const end = () => void server.kill('SIGQUIT');
  process.once('exit', end);
  const ask = async (text: string) => {
    const asking = new pg.Client({ host: folder, user: primary.user, database: primary.database });
    await asking.connect();
    try {
      return (await asking.query<pg.QueryResultRow>(text)).rows;
    } finally {
      await asking.end();
    }
  };
  const patient = { timeoutMs: 60_000, everyMs: 100 };
  await eventually(
    () =>
      ask("SELECT 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'").then((seen) => seen.length === 1),
    {
      ...patient,
      what: 'the standby',
    },
  );
  return {
    socket: path.join(folder, '.s.PGSQL.5432'),
    async promote() {
      await ask('SELECT pg_promote(true, 30)');
      await eventually(
        async () => (await ask('SELECT pg_is_in_recovery() AS follows'))[0]?.['follows'] === false,
        patient,
      );
    },
    async stop() {
      process.off('exit', end);
      const exited = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
