/** A fleet that breaks a promise is found out: every kind of broken promise here is one that the observers must see. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lease } from '../../../src/store/lease.ts';
import type { AcceptResult, Spool } from '../../../src/store/spool.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import { MINUTE_MS } from '../durations.ts';
import { whole } from '../tampering.ts';
import type { FleetPlan, FleetTroubles } from './fleet-plan.ts';
import type { FleetTamper } from './fleet-process.ts';
import { SERVER_SETTINGS } from './simulated-database.ts';
import { simulateFleet } from './simulate-fleet-seed.ts';

const HERE = 'a fleet that is broken on purpose is found out when';
const SKIPPED = POSTGRES_BIN === undefined ? ' (skipped: there is no PostgreSQL that can be run here)' : '';
const SEEDS = [1, 2, 3, 4, 5, 6];
const MINUTES = 8;

const NOTHING: FleetTroubles = {
  ...{ kills: undefined, powerCuts: undefined, stops: undefined, partitions: undefined, pauses: undefined },
  ...{ clockJumps: undefined, serverClockJumps: undefined, databaseRestarts: undefined, slowness: undefined },
  ...{ drains: undefined, removals: undefined, queueChanges: undefined },
};

describe.skipIf(POSTGRES_BIN === undefined)(`${HERE}${SKIPPED}`, () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres(SERVER_SETTINGS);
  });
  afterAll(() => server.stop());

  /** The promise that the first of some fleets breaks that breaks one. */
  async function broken(tamper: FleetTamper, troubles: Partial<FleetTroubles>): Promise<string | undefined> {
    const adapt = (plan: FleetPlan): FleetPlan => ({
      ...plan,
      machines: plan.machines.slice(0, 2),
      troubles: { ...NOTHING, ...troubles },
    });
    for (const seed of SEEDS) {
      const report = await simulateFleet({ server, seed, minutes: MINUTES, shaped: 'never', adapt, tamper });
      if (report.broken !== undefined) return report.broken;
    }
    return undefined;
  }

  it('delivery does not ask for the lease', async () => {
    const lease = ({ life }: Lease): Lease => ({ life, holdsUntilMs: () => Infinity, takesOutcomes: true });
    expect(await broken({ lease }, { partitions: MINUTE_MS })).toMatch(
      /(MAIL|the final dot) by .*(claimed it|already|others ended)/,
    );
  });

  it('nobody frees what a dead node had in hand', async () => {
    const sql = `CREATE FUNCTION world.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT 1 FROM node_life WHERE id = OLD.claim_life AND ended_at IS NOT NULL) THEN RETURN NULL; END IF;
        RETURN NEW; END $$;
      CREATE TRIGGER keep BEFORE UPDATE ON delivery FOR EACH ROW EXECUTE FUNCTION world.keep()`;
    expect(await broken({ sql }, { kills: MINUTE_MS })).toMatch(/had in hand is not taken over/);
  });

  it('nobody takes the duties of a dead node', async () => {
    const sql = `CREATE FUNCTION world.share() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        NEW.life_id := OLD.life_id; RETURN NEW; END $$;
      CREATE TRIGGER share BEFORE UPDATE ON duty FOR EACH ROW WHEN (OLD.life_id IS NOT NULL) EXECUTE FUNCTION world.share()`;
    expect(await broken({ sql }, { kills: MINUTE_MS })).toMatch(/nobody does/);
  });

  it('a node says that outcomes are written, and writes nothing', async () => {
    const settle = every<Spool['settle']>(
      20,
      (spool) => spool.settle.bind(spool),
      (batch) => Promise.resolve({ written: batch.settlements.length }),
    );
    expect(await broken({ spool: (spool) => ({ ...whole(spool), settle: settle(spool) }) }, {})).toMatch(
      /sent again by the same life|never come to an end|in hand/,
    );
  });

  it('a node loses a message that it accepted', async () => {
    const accept = every<Spool['accept']>(
      20,
      (spool) => spool.accept.bind(spool),
      () => Promise.resolve<AcceptResult>({ kind: 'accepted' }),
    );
    expect(await broken({ spool: (spool) => ({ ...whole(spool), accept: accept(spool) }) }, {})).toMatch(
      /is lost: it is not in the store/,
    );
  });
});

/** The verb of a spool, but every `count`-th call is `wrong`. */
function every<Verb extends (...args: never[]) => unknown>(
  count: number,
  right: (spool: Spool) => Verb,
  wrong: Verb,
): (spool: Spool) => Verb {
  let calls = 0;
  return (spool) =>
    ((...args: Parameters<Verb>) => (++calls % count === 0 ? wrong : right(spool))(...args)) as Verb;
}
