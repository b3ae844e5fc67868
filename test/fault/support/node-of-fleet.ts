/** A node of a fleet without the rest of the relay: its life, its lease and its duties, on a real PostgreSQL, in short times. */
import pg from 'pg';
import { systemClock, type Clock } from '../../../src/platform/clock.ts';
import type { Log, LogFields } from '../../../src/platform/log.ts';
import { systemRandom, type Random } from '../../../src/platform/random.ts';
import type { StoreError } from '../../../src/store/errors.ts';
import type { NodeStanding } from '../../../src/store/node-standing.ts';
import { Database } from '../../../src/store/postgres/engine/database.ts';
import { beginLife, endLife, type Life } from '../../../src/store/postgres/engine/life.ts';
import { Fleet, type FleetTimes } from '../../../src/store/postgres/fleet/fleet.ts';
import { awaitPredecessor } from '../../../src/store/postgres/fleet/predecessor.ts';
import { createStandingBoard, readStanding } from '../../../src/store/standing-board.ts';

export const TIMES: FleetTimes = { leaseMs: 4_000, renewMs: 300, marginMs: 1_000 };

export interface TestNode {
  readonly standing: NodeStanding;
  readonly context: { life: Life };
  readonly failures: StoreError[];
  readonly log: string[];
  /** Whether attempts may begin now. */
  readonly holds: boolean;
  /** As kill -9: nothing is said to anybody. */
  die(): void;
  stop(): Promise<void>;
}

export interface TestNodeOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  /** Default {@link TIMES}. */
  readonly times?: FleetTimes;
}

export async function startNode(
  url: string,
  nodeName: string,
  { clock = systemClock, random = systemRandom, times = TIMES }: TestNodeOptions = {},
): Promise<TestNode> {
  const log: string[] = [];
  const failures: StoreError[] = [];
  const shared = { url, preparedStatements: 'auto' as const, clock, random };
  const database = new Database({ ...shared, maxConnections: 1, applicationName: 'test' });
  await awaitPredecessor(database, nodeName, clock, times);
  const context = { life: await database.transaction((session) => beginLife(session, nodeName, '0.1.0')) };
  const board = createStandingBoard();
  const onFailure = (error: StoreError) => void failures.push(error);
  const fleet = new Fleet({
    ...shared,
    ...{ nodeName, version: '0.1.0', log: recorder(log), onFailure, board, context, times },
  });
  await fleet.start();
  const standing = readStanding(board, clock);
  return {
    standing,
    context,
    failures,
    log,
    get holds() {
      return standing.holdsUntilMs() > clock.monotonic();
    },
    die() {
      fleet.abandon();
      void database.close();
    },
    async stop() {
      await fleet.stop();
      await database.transaction((session) => endLife(session, context.life));
      await database.close();
    },
  };
}

/** The rows of the last statement, as a test sees them, past the engine. */
export async function ask(url: string, ...texts: readonly string[]): Promise<readonly pg.QueryResultRow[]> {
  const client = new pg.Client(url);
  // A server that ends meanwhile: the statement says so.
  client.on('error', () => undefined);
  await client.connect();
  try {
    let rows: readonly pg.QueryResultRow[] = [];
    for (const text of texts) ({ rows } = await client.query<pg.QueryResultRow>(text));
    return rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function recorder(lines: string[]): Log {
  const add = (event: string, fields?: LogFields) => {
    lines.push(`${event} ${JSON.stringify(fields ?? {})}`);
  };
  return { debug: add, info: add, warn: add, error: add, enabled: () => true };
}
