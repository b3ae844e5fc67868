/** Fleets that once broke a promise, at their full length. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import { SERVER_SETTINGS } from './simulated-database.ts';
import { simulateFleet } from './simulate-fleet-seed.ts';

const SEEDS = [5, 202, 203, 209, 217, 218];
const MINUTES = 10;

const HERE = 'a fleet in which everything goes wrong for a while';
const SKIPPED = POSTGRES_BIN === undefined ? ' (skipped: there is no PostgreSQL that can be run here)' : '';

describe.skipIf(POSTGRES_BIN === undefined)(`${HERE}${SKIPPED}`, () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres(SERVER_SETTINGS);
  });
  afterAll(() => server.stop());

  const NAME = 'keeps every promise: npm run simulate:fleet -- --seed %i --minutes 10 --shaped never';
  it.each(SEEDS)(NAME, async (seed) => {
    const { broken, lastLines } = await simulateFleet({ server, seed, minutes: MINUTES, shaped: 'never' });
    expect(broken, lastLines.slice(-20).join('\n')).toBeUndefined();
  });
});
