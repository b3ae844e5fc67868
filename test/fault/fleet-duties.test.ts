/**
 * How long a duty is nobody's after the death of the node that had it: with the times of the product, on clocks that the test
 * moves, and a real PostgreSQL.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Random } from '../../src/platform/random.ts';
import { DUTIES } from '../../src/store/node-standing.ts';
import { FLEET_TIMES } from '../../src/store/postgres/fleet/fleet.ts';
import { PostgresDatabase } from '../conformance/store/postgres-engine.ts';
import { eventually } from '../support/eventually.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { ask, startNode, type TestNode } from './support/node-of-fleet.ts';

const HERE =
  POSTGRES_BIN === undefined
    ? 'the duties of a dead node (skipped: there is no PostgreSQL that can be run here)'
    : 'the duties of a dead node';
const STEP_MS = 500;
const PROMISED_MS = 30_000;
/** The others first see its last renewal a renewal later, and then wait for as long as a lease; two steps for this test. */
const LONGEST_MS = FLEET_TIMES.renewMs * 1.1 + FLEET_TIMES.leaseMs + 2 * STEP_MS;

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let schemas: PostgresDatabase;
  beforeAll(async () => {
    server = await startPostgres();
    schemas = new PostgresDatabase(server);
  });
  afterAll(() => server.stop());

  interface Clocked {
    readonly clock: VirtualClock;
    readonly node: TestNode;
  }

  /** A step of time; what the node then asks of the database is answered in no time. */
  async function step({ clock }: Clocked): Promise<void> {
    await clock.advance(STEP_MS);
    // Between renewals it waits for the next one; while it renews, for the end of its patience, which is longer.
    const rests = () => (clock.nextTimerInMs ?? 0) <= FLEET_TIMES.renewMs * 1.1;
    await eventually(rests, { what: 'the end of a renewal' });
  }

  const start = async (name: string, url: string, random: Random): Promise<Clocked> => {
    const clock = new VirtualClock();
    return { clock, node: await startNode(url, name, { clock, random, times: FLEET_TIMES }) };
  };

  /** Milliseconds until `other` has all duties of `dead`, which dies now; more than was promised: not by then. */
  async function takenAfterMs(url: string, dead: Clocked, other: Clocked): Promise<number> {
    const dutiesOf = async ({ node }: Clocked) =>
      (await ask(url, `SELECT name FROM duty WHERE life_id = ${node.context.life.lifeKey}`)).length;
    expect(await dutiesOf(dead)).toBe(DUTIES.length);
    dead.node.die();
    let elapsedMs = 0;
    while ((await dutiesOf(other)) < DUTIES.length && elapsedMs <= PROMISED_MS) {
      await step(other);
      elapsedMs += STEP_MS;
    }
    await other.node.stop();
    return elapsedMs;
  }

  test.each([1, 2, 3, 4, 5, 6])('are all taken within 30 seconds (seed %i)', async (seed) => {
    const url = schemas.url(await schemas.schemaOf(`seed${seed}`));
    const random = seededRandom(seed);
    const [dead, other] = [await start('dead', url, random), await start('other', url, random)];
    const steps = 10 + Math.floor(random.float() * 20);
    for (let count = 0; count < steps; count++) for (const one of [dead, other]) await step(one);
    const elapsedMs = await takenAfterMs(url, dead, other);
    expect(elapsedMs).toBeGreaterThan(FLEET_TIMES.leaseMs - FLEET_TIMES.renewMs * 1.1 - STEP_MS);
    expect(elapsedMs).toBeLessThanOrEqual(LONGEST_MS);
    expect(LONGEST_MS).toBeLessThan(PROMISED_MS);
  });

  // Renewed right after the other looked, and the other's looks come so that one is just short of a lease.
  test.each([0, 0.3, 0.48, 0.5, 0.7, 0.99])('at the worst moment too (jitter %d)', async (jitter) => {
    const url = schemas.url(await schemas.schemaOf(`jitter${jitter}`));
    const random = { ...seededRandom(), float: () => jitter };
    const [dead, other] = [await start('dead', url, random), await start('other', url, random)];
    const renewMs = FLEET_TIMES.renewMs * (0.9 + 0.2 * jitter);
    for (let elapsedMs = 0; elapsedMs < renewMs; elapsedMs += STEP_MS)
      for (const one of [other, dead]) await step(one);
    expect(await takenAfterMs(url, dead, other)).toBeLessThanOrEqual(LONGEST_MS);
  });
});
