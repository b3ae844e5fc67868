/**
 * A few simulated fleets on a real PostgreSQL, and that each seed makes the same fleet each time. Longer ones, and those that
 * are broken on purpose: broken-fleets.test.ts. Many: `npm run simulate:fleet`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import { SERVER_SETTINGS } from './simulated-database.ts';
import { simulateFleet } from './simulate-fleet-seed.ts';

const HERE = 'a fleet in which everything goes wrong';
const SKIPPED = POSTGRES_BIN === undefined ? ' (skipped: there is no PostgreSQL that can be run here)' : '';

describe.skipIf(POSTGRES_BIN === undefined)(`${HERE}${SKIPPED}`, () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres(SERVER_SETTINGS);
  });
  afterAll(() => server.stop());

  it('keeps every promise, and is the same for the same seed', async () => {
    const run = () => simulateFleet({ server, seed: 5, minutes: 3 });
    const first = await run();
    expect(first.broken, first.lastLines.slice(-20).join('\n')).toBeUndefined();
    expect(first.counts['deliveries']).toBeGreaterThan(20);
    const second = await run();
    expect(second.hash).toBe(first.hash);
    expect(second.counts).toEqual(first.counts);
  });
});
