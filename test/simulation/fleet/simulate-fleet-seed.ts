/** Runs the fleet of one seed to its end, in a database of its own on a server that several worlds may share, and says what came of it. */
import pg from 'pg';
import { migrate } from '../../../src/store/postgres/migrations/migrate.ts';
import type { PostgresServer } from '../../support/postgres-server.ts';
import { MINUTE_MS } from '../durations.ts';
import type { Shaped } from '../plan.ts';
import { SimulatedTime } from '../simulated-time.ts';
import { breakingOnErrors } from '../unhandled.ts';
import { runFleetWorld } from './fleet-loop.ts';
import { makeFleetPlan, type FleetPlan } from './fleet-plan.ts';
import type { FleetTamper } from './fleet-process.ts';
import { FleetWorld } from './fleet-world.ts';
import { takeLibraryTimers } from './library-timers.ts';
import { SEARCH_PATH, SERVER_CLOCK, SimulatedDatabase } from './simulated-database.ts';

export interface FleetSeedOptions {
  /** With SERVER_SETTINGS. */
  readonly server: PostgresServer;
  readonly seed: number;
  /** During which mail is sent; the world goes on until all of it has come to an end. */
  readonly minutes: number;
  readonly shaped?: Shaped | undefined;
  /** Changes what the seed decided. */
  readonly adapt?: ((plan: FleetPlan) => FleetPlan) | undefined;
  readonly tamper?: FleetTamper | undefined;
  readonly onTraceLine?: ((line: string) => void) | undefined;
}

export interface FleetReport {
  readonly seed: number;
  readonly minutes: number;
  /** The promise that was broken; `undefined`: none. */
  readonly broken: string | undefined;
  /** Minutes of the world's time. */
  readonly worldMinutes: number;
  readonly realMs: number;
  /** The same for every run of the same seed. */
  readonly hash: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly lastLines: readonly string[];
}

const TEMPLATE = 'fleet_template';

export async function simulateFleet(options: FleetSeedOptions): Promise<FleetReport> {
  const { server, seed, minutes, shaped, adapt, tamper, onTraceLine } = options;
  const startedAt = performance.now();
  const name = await makeDatabase(server, seed);
  const monitor = await connected(server, name);
  if (tamper?.sql !== undefined) await monitor.query(tamper.sql);
  const time = new SimulatedTime();
  const database = new SimulatedDatabase(server, monitor, time);
  const made = makeFleetPlan(seed, minutes, shaped);
  const plan = adapt?.(made) ?? made;
  const url = `postgres://${server.user}@/${name}?host=${encodeURIComponent(server.host)}&options=${encodeURIComponent(`-c search_path=${SEARCH_PATH}`)}`;
  const world = new FleetWorld({ plan, time, database, url, tamper, onTraceLine });
  const giveBack = takeLibraryTimers();
  try {
    await breakingOnErrors(world.promises, async () => {
      world.begin();
      await runFleetWorld(time, database, () => world.isOver);
      if (!world.isOver) world.promises.breaks('nothing is left to happen');
    });
  } finally {
    giveBack();
    database.restart();
    await database.idle();
    await monitor.end();
    await dropDatabase(server, name);
  }
  const { ledger, trace, counts, troubles, watch, shaping } = world;
  return {
    seed,
    minutes,
    broken: world.promises.broken,
    worldMinutes: time.elapsedMs / MINUTE_MS,
    realMs: performance.now() - startedAt,
    hash: trace.hash,
    counts: {
      nodes: plan.machines.length,
      messages: ledger.messages.size,
      deliveries: ledger.deliveries.size,
      ...ledger.counts,
      ...ledger.sending.counts,
      ...counts,
      ...troubles.counts,
      ...shaping?.counts,
      requests: database.requests,
      lockWaits: database.waits,
      longestTakeOverSeconds: Math.round(watch.longestTakeOverMs / 1_000),
      traceLines: trace.count,
    },
    lastLines: trace.last(60),
  };
}

async function connected(server: PostgresServer, database: string): Promise<pg.Client> {
  const { host, user } = server;
  const client = new pg.Client({ host, user, database });
  await client.connect();
  return client;
}

async function on<T>(
  server: PostgresServer,
  database: string,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connected(server, database);
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

const prepared = new WeakMap<PostgresServer, Promise<void>>();

async function makeDatabase(server: PostgresServer, seed: number): Promise<string> {
  const template = prepared.get(server) ?? makeTemplate(server);
  prepared.set(server, template);
  await template;
  const name = `fleet_${seed}`;
  await on(server, server.database, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`));
  return name;
}

async function makeTemplate(server: PostgresServer): Promise<void> {
  await on(server, server.database, (client) => client.query(`CREATE DATABASE ${TEMPLATE}`));
  await on(server, TEMPLATE, async (client) => {
    await migrate(client, { name: TEMPLATE, wait: () => Promise.resolve() });
    await client.query(SERVER_CLOCK);
  });
}

async function dropDatabase(server: PostgresServer, name: string): Promise<void> {
  await on(server, server.database, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
}
