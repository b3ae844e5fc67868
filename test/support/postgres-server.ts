/** A PostgreSQL server for tests, on which nothing is synced. */
import { startPostgresServer, type PostgresServer } from '../../src/demo/postgres-server.ts';

export { POSTGRES_BIN } from '../../src/demo/postgres-server.ts';
export type { PostgresServer } from '../../src/demo/postgres-server.ts';

/** `settings`: more of postgresql.conf, as `max_connections=20`. */
export function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  return startPostgresServer({ durable: false, settings });
}
