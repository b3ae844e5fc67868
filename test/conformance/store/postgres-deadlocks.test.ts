/**
 * Nodes at once in each other's way: random verbs of the contract on four nodes that share a few destinations, addresses and
 * messages. Locks that several nodes wait for are taken in one order, so that none ever waits in a circle: the server, which
 * would end one of those transactions after a second, counts none.
 *
 * More of it: DEADLOCK_SEEDS=50 DEADLOCK_FIRST_SEED=1000 npx vitest run with this file.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Settlement } from '../../../src/store/delivery-records.ts';
import { StoreError } from '../../../src/store/errors.ts';
import { eventually } from '../../support/eventually.ts';
import { POSTGRES_BIN, startPostgres, type PostgresServer } from '../../support/postgres-server.ts';
import { ask } from '../../fault/support/node-of-fleet.ts';
import type { OpenedStore } from './engine.ts';
import { openPostgres, PostgresDatabase } from './postgres-engine.ts';
import { MAIL_VERBS, type Handed, type Run } from './random-mail-verbs.ts';
import { settlementOf, type Known } from './random-messages.ts';
import { ACCOUNTS, RandomValues, STREAMS } from './random-values.ts';
import { randomVerb } from './random-verbs.ts';

const HERE =
  POSTGRES_BIN === undefined
    ? 'nodes in each other’s way (skipped: there is no PostgreSQL that can be run here)'
    : 'nodes in each other’s way';
const SEEDS = Number(process.env['DEADLOCK_SEEDS'] ?? 3);
const FIRST_SEED = Number(process.env['DEADLOCK_FIRST_SEED'] ?? 1);
const NODES = 4;
/** Of one node at once. */
const LANES = 3;
const VERBS_A_LANE = 150;

describe.skipIf(POSTGRES_BIN === undefined)(HERE, () => {
  let server: PostgresServer;
  let database: PostgresDatabase;
  beforeAll(async () => {
    server = await startPostgres(['deadlock_timeout=20ms']);
    database = new PostgresDatabase(server);
  });
  afterAll(() => server.stop());

  test.each(Array.from({ length: SEEDS }, (_, index) => FIRST_SEED + index))(
    'never wait in a circle, seed %i',
    async (seed) => {
      const folder = `circle${seed}`;
      const before = await deadlocks();
      const stores: OpenedStore[] = [];
      try {
        for (let node = 0; node < NODES; node++)
          stores.push(await openPostgres(database, folder, { nodeName: `node-${node}` }));
        await addAccounts(stores[0]!);
        const known: Known = { messages: [], deliveries: ['dlv_none'], others: ['crd_none'] };
        await Promise.all(
          stores.flatMap((store, node) => {
            const handed: Handed = new Map();
            return Array.from({ length: LANES }, (_, lane) =>
              run(store, handed, known, seed * 1000 + node * LANES + lane),
            );
          }),
        );
      } finally {
        for (const store of stores) await store.close();
      }
      expect(await deadlocks()).toBe(before);
    },
    120_000,
  );

  /** The server's counters follow at the end of each connection. */
  async function deadlocks(): Promise<number> {
    await eventually(
      async () =>
        (await ask(server.url, "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'postern%'"))
          .length === 0,
    );
    const [row] = await ask(
      server.url,
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    return Number(row?.['deadlocks']);
  }
});

async function run(store: OpenedStore, handed: Handed, known: Known, seed: number): Promise<void> {
  const values = new RandomValues(seed, systemClock.now());
  for (let count = 0; count < VERBS_A_LANE; count++) {
    const verb = values.maybe() ? settleSome(values, known) : randomVerb(values, known).run;
    await verb(store, handed).catch((error: unknown) => {
      if (!(error instanceof StoreError)) throw error;
      // One that exists by now, is gone by now, or that no column holds.
      expect(error.code, error.message).toMatch(/^(conflict|not-found|failed)$/);
    });
  }
}

/** Claims, and settles what the node has in hand with all that outcomes say of addresses and destinations. */
function settleSome(values: RandomValues, known: Known): Run {
  const claim = MAIL_VERBS['claim']?.(values, known);
  const nowMs = values.now();
  const parts = values.some(20, () => outcome(values, nowMs));
  return async (store, handed) => {
    await claim?.(store, handed);
    const some = [...handed].slice(0, parts.length);
    for (const [id] of some) handed.delete(id);
    const settlements = some.map(([, hand], index) => ({ ...parts[index]!, ...hand }));
    return store.spool.settle({ nowMs, settlements, dsns: [] });
  };
}

function outcome(values: RandomValues, nowMs: number): Omit<Settlement, 'deliveryId' | 'fence'> {
  const suppression = () => ({
    ...{
      accountId: values.account(),
      scope: '',
      address: values.addressKey(),
      reason: 'unknown-address' as const,
    },
    ...{ evidence: '', createdAtMs: nowMs, expiresAtMs: undefined, createdBy: 'delivery' },
  });
  const withdrawn = () => ({ accountId: values.account(), address: values.addressKey() });
  return {
    ...settlementOf(values, nowMs),
    suppression: values.below(3) === 0 ? suppression() : undefined,
    softBounce:
      values.below(3) === 0 ? { rule: { messages: 2, spanMs: 0 }, suppression: suppression() } : undefined,
    withholding:
      values.below(5) === 0
        ? { untilMs: nowMs + values.below(1000), withdrawn: values.some(3, withdrawn) }
        : undefined,
  };
}

async function addAccounts(store: OpenedStore): Promise<void> {
  const createdAtMs = systemClock.now();
  for (const id of ACCOUNTS) {
    await store.directory.addAccount({ id, name: id, createdAtMs }, 'test');
    for (const name of STREAMS.slice(2))
      await store.directory.addStream({ accountId: id, name, kind: 'broadcast', createdAtMs }, 'test');
  }
}
