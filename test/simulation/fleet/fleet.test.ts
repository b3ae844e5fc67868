/**
 * A short simulated fleet on a real PostgreSQL, and that each seed makes the same fleet each time. Longer ones:
 * longer-fleets.test.ts; broken on purpose: broken-fleets.test.ts. Many: `npm run simulate:fleet`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import { MINUTE_MS } from '../durations.ts';
import type { FleetPlan } from './fleet-plan.ts';
import { SERVER_SETTINGS } from './simulated-database.ts';
import { simulateFleet } from './simulate-fleet-seed.ts';

/** Two kills, a power cut, a drain, and outcomes that are repeated for them. */
const SEED = 218;
/** Not what it takes, but what a machine that does much else may take. */
const PATIENCE_MS = 300_000;

/** What cannot be delivered is given up soon. */
function brief(plan: FleetPlan): FleetPlan {
  const { config } = plan.world;
  return { ...plan, world: { ...plan.world, config: { ...config, maxAgeMs: 3 * MINUTE_MS } } };
}

const HERE = 'a fleet in which everything goes wrong';
const SKIPPED = POSTGRES_BIN === undefined ? ' (skipped: there is no PostgreSQL that can be run here)' : '';

describe.skipIf(POSTGRES_BIN === undefined)(`${HERE}${SKIPPED}`, () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres(SERVER_SETTINGS);
  });
  afterAll(() => server.stop());

  const run = (minutes: number) =>
    simulateFleet({ server, seed: SEED, minutes, shaped: 'never', adapt: brief });

  it(
    'keeps every promise',
    async () => {
      const { broken, counts, lastLines } = await run(2);
      expect(broken, lastLines.slice(-20).join('\n')).toBeUndefined();
      expect(counts['deliveries']).toBeGreaterThan(20);
    },
    PATIENCE_MS,
  );

  it(
    'is the same fleet for the same seed',
    async () => {
      const [first, second] = [await run(0.5), await run(0.5)];
      expect(second.hash).toBe(first.hash);
      expect(second.counts).toEqual(first.counts);
    },
    PATIENCE_MS,
  );
});
