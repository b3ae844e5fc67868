/** pgbouncer of Debian in transaction mode in front of a PostgreSQL of a test, on a socket beside the server's. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { asUser } from '../../src/demo/postgres-server.ts';
import { eventually } from './eventually.ts';
import type { PostgresServer } from './postgres-server.ts';

const PROGRAM = '/usr/sbin/pgbouncer';
/** Its socket's name has it. */
const PORT = 6432;

export const PGBOUNCER_THERE = existsSync(PROGRAM);

export interface Pgbouncer {
  /** Of `database`, through it. */
  url(database: string): string;
  stop(): Promise<void>;
}

export async function startPgbouncer({ host, user }: PostgresServer): Promise<Pgbouncer> {
  const file = path.join(host, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
* = host=${host} port=5432 user=${user}
[pgbouncer]
listen_addr =
listen_port = ${PORT}
unix_socket_dir = ${host}
auth_type = any
pool_mode = transaction
max_client_conn = 2000
default_pool_size = 10
server_idle_timeout = 1
`,
  );
  chmodSync(file, 0o644);
  const pool = spawn(...asUser(PROGRAM, ['-q', file]), { cwd: host, stdio: 'ignore' });
  const end = () => void pool.kill('SIGKILL');
  process.once('exit', end);
  const socket = path.join(host, `.s.PGSQL.${PORT}`);
  await eventually(() => existsSync(socket), { timeoutMs: 20_000, what: 'pgbouncer', everyMs: 20 });
  return {
    url: (database) => `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&port=${PORT}`,
    async stop() {
      process.off('exit', end);
      const exited = new Promise((resolve) => pool.once('exit', resolve));
      pool.kill('SIGKILL');
      await exited;
    },
  };
}
