/**
 * A handful of simulated worlds, that each seed makes the same world each time, and that a relay which breaks a promise
 * is found out: every kind of broken promise here is one that the observers must see. Thousands of worlds: `npm run
 * simulate`. Errors they found: found.test.ts.
 */
import { describe, expect, it } from 'vitest';
import type { Claim, Settlement } from '../../src/store/delivery-records.ts';
import type { NewMessage } from '../../src/store/message-records.ts';
import type { AcceptResult, Spool } from '../../src/store/spool.ts';
import type { Plan } from './plan.ts';
import { simulateSeed, type SeedOptions } from './simulate-seed.ts';
import { whole } from './tampering.ts';

/** The last ones are worlds that once broke a promise. */
const SEEDS = [1, 7, 23, 24, 41, 84];
/** With rules of shaping. */
const SHAPED = ([1, 2] as const).map((seed) => [seed, 'always'] as const);
const HOURS = 2;

describe('a world in which everything goes wrong', () => {
  const NAME = 'keeps every promise: npm run simulate -- --hours 2 --seed %i --shaped %s';
  it.each([...SEEDS.map((seed) => [seed, 'never'] as const), ...SHAPED])(NAME, async (seed, shaped) => {
    const { broken, lastLines, counts } = await simulateSeed({ seed, hours: HOURS, shaped });
    expect(broken, lastLines.slice(-20).join('\n')).toBeUndefined();
    expect(counts['deliveries']).toBeGreaterThan(20);
  });

  it('is the same world for the same seed', async () => {
    const [first, second] = [
      await simulateSeed({ seed: 5, hours: 2 }),
      await simulateSeed({ seed: 5, hours: 2 }),
    ];
    expect(second.hash).toBe(first.hash);
    expect(second.counts).toEqual(first.counts);
    const other = await simulateSeed({ seed: 6, hours: 2 });
    expect(other.hash).not.toBe(first.hash);
  });
});

describe('a relay that is broken on purpose is found out when it', () => {
  it('loses a message that it accepted', async () => {
    const broken = await tampered((spool) => ({
      ...whole(spool),
      accept: every(
        20,
        (message: NewMessage) => spool.accept(message),
        () => Promise.resolve<AcceptResult>({ kind: 'accepted' }),
      ),
    }));
    expect(broken).toMatch(/is lost: it is not in the store/);
  });

  it('forgets to write an outcome', async () => {
    const broken = await tampered((spool) => ({
      ...whole(spool),
      settle: every(
        20,
        (batch) => spool.settle(batch),
        (batch) => Promise.resolve({ written: batch.settlements.length }),
      ),
    }));
    expect(broken).toMatch(/last events|in the store; known:/);
  });

  it('sends again what was delivered', async () => {
    const again = (settlement: Settlement): Settlement => ({
      ...settlement,
      state: 'deferred',
      event: undefined,
      nextAttemptAtMs: settlement.attempts.at(-1)?.atMs,
    });
    const broken = await tampered((spool) => ({
      ...whole(spool),
      settle: every(
        20,
        (batch) => spool.settle(batch),
        (batch) => spool.settle({ ...batch, settlements: batch.settlements.map(again), dsns: [] }),
      ),
    }));
    expect(broken).toMatch(/claimed although|last events|in the store; known:/);
  });

  it('hands one delivery to the worker twice', async () => {
    const broken = await tampered((spool) => ({
      ...whole(spool),
      claim: async (request) => {
        const { claims, nextDueAtMs } = await spool.claim(request);
        return { claims: claims.flatMap((claim): Claim[] => [claim, claim]), nextDueAtMs };
      },
    }));
    expect(broken).toMatch(/claimed twice/);
  });

  it('writes an outcome without its event', async () => {
    const broken = await tampered((spool) => ({
      ...whole(spool),
      settle: every(
        5,
        (batch) => spool.settle(batch),
        (batch) =>
          spool.settle({
            ...batch,
            settlements: batch.settlements.map((settlement) => ({ ...settlement, event: undefined })),
          }),
      ),
    }));
    expect(broken).toMatch(/last events/);
  });

  it('lets a destination starve', async () => {
    const broken = await tampered((spool) => ({
      ...whole(spool),
      openFeed: (limits, listener) => spool.openFeed({ ...limits, maxDeliveries: 0 }, listener),
      claim: (request) =>
        spool.claim({ ...request, excludedDestinations: [...request.excludedDestinations, 'd0.test'] }),
    }));
    expect(broken).toMatch(/to d0\.test has waited/);
  });

  it('opens more connections to a site than it may', async () => {
    const { broken } = await simulateSeed({
      ...BUSY,
      tamper: { limits: (limits) => ({ ...limits, firstConnectionsPerSite: 20, maxConnectionsPerSite: 20 }) },
    });
    expect(broken).toMatch(/connections to site-/);
  });

  it('has more outcomes unwritten than a crash may repeat', async () => {
    const { broken } = await simulateSeed({
      ...BUSY,
      tamper: { limits: (limits) => ({ ...limits, maxUnsettledPerDestination: 100 }) },
    });
    expect(broken).toMatch(/would be repeated by a crash/);
  });

  it('puts more recipients into a transaction than it may', async () => {
    const { broken } = await simulateSeed({
      ...BUSY,
      tamper: { limits: (limits) => ({ ...limits, recipientsPerTransaction: 100 }) },
    });
    expect(broken).toMatch(/recipients in one transaction/);
  });

  it('takes more into memory than it may', async () => {
    const { broken } = await simulateSeed({
      ...BUSY,
      tamper: {
        limits: (limits) => ({ ...limits, feedDeliveries: 5_000, feedDeliveriesPerDestination: 500 }),
      },
    });
    expect(broken).toMatch(/deliveries .*fed, \d+ may be/);
  });
});

/** A world with much mail, low limits and nothing else that goes wrong. */
const BUSY: SeedOptions = {
  seed: 3,
  hours: 3,
  shaped: 'never',
  adapt: (plan): Plan => ({
    ...plan,
    calmEnd: true,
    messagesPerHour: 60,
    burstsPerHour: 2,
    burstSize: 300,
    troubles: {
      ...plan.troubles,
      sudden: undefined,
      stops: undefined,
      storeFaults: undefined,
      operator: undefined,
      clockJumps: undefined,
    },
    limits: {
      ...plan.limits,
      maxDeliveries: 20,
      feedDeliveries: 10,
      feedDeliveriesPerDestination: 10,
      maxUnsettledPerDestination: 1,
      recipientsPerTransaction: 1,
      firstConnectionsPerSite: 2,
      maxConnectionsPerSite: 2,
      messagesPerSecondPerSite: undefined,
      softConnections: 500,
      hardConnections: 1_000,
    },
  }),
};

/** The promise that breaks when the relay works with `spool` tampered with. */
async function tampered(spool: (spool: Spool) => Spool): Promise<string | undefined> {
  const { broken } = await simulateSeed({ ...BUSY, tamper: { spool } });
  return broken;
}

/** `right`, but every `count`-th call is `wrong`. */
function every<A, R>(
  count: number,
  right: (argument: A) => R,
  wrong: (argument: A) => R,
): (argument: A) => R {
  let calls = 0;
  return (argument) => (++calls % count === 0 ? wrong(argument) : right(argument));
}
