/**
 * Opens the PostgreSQL engine: connections, the node's row and its new life, and the roles. The schema must be there
 * (migrations/). Nothing but connections is held open in the database: several relays share it.
 */
import { delay, TimeoutError, withTimeout } from '../../platform/clock.ts';
import { makeId } from '../../platform/ids.ts';
import { latestBlockMs } from '../../policy/retry.ts';
import type { CommitFigures } from '../commit-figures.ts';
import { CommitMeasures } from '../flow/commit-measures.ts';
import { BoardWriter, createStandingBoard, readStanding } from '../standing-board.ts';
import type { StoreWrites } from '../store.ts';
import { insertFirstAccount } from '../sql/directory/accounts.ts';
import { removalWrites } from '../sql/removal/account-removal.ts';
import { sharedWrites } from '../sql/roles.ts';
import type { PostgresContext } from './engine/context.ts';
import { Database } from './engine/database.ts';
import { Fleet } from './fleet/fleet.ts';
import { PostgresStepRunner } from './engine/step-runner.ts';
import { Sequencer } from './events/sequencer.ts';
import { appendPending } from './events/pending.ts';
import { awaitPredecessor } from './fleet/predecessor.ts';
import { beginLife, endLife, NO_LIFE } from './engine/life.ts';
import { fleetWrites } from './fleet/nodes.ts';
import { limitWrites } from './fleet/shared-limits.ts';
import type { PostgresOptions } from './options.ts';
import { PostgresEraser } from './erasure/eraser.ts';
import { PostgresQueueWriter } from './queue/queue-writer.ts';
import { createUnsubscribeWriter } from './unsubscribes/unsubscribe-writer.ts';
import { PostgresReportWriter } from './reports/report-writer.ts';
import { PostgresAccountRemover } from './retention/account-remover.ts';
import { PostgresRetentionCleaner } from './retention/retention-cleaner.ts';
import { StatisticFolder } from './statistics/folder.ts';
import { healthWrites } from '../sql/statistics/restriction-rows.ts';
import { liftBlocksAfter } from './spool/blocks.ts';
import { openFlow } from './spool/flow.ts';
import { freeEarlierClaims } from './spool/free-claims.ts';

/** Connections of the roles beside the flow of mail. */
const CONNECTIONS = 4;
/** Pause between two chunks of a long change, for other work. */
const PAUSE_MS = 10;

/** A supervisor gives the whole process a minute to end. */
const CLOSE_MS = 30_000;

/** The writing roles; reads are openPostgresReader's. */
export interface PostgresStore extends StoreWrites {
  commitFigures(): CommitFigures;
  /** Numbers committed events now, if this node has the duty; without the call it happens soon. */
  numberEvents(): Promise<number>;
  /** Finishes waiting operations, refuses new ones with `closed`, ends the node's life. */
  close(): Promise<void>;
  /**
   * Releases everything as a sudden end of the process does: waiting operations are neither written nor answered, and the
   * life is not ended.
   */
  abandon(): Promise<void>;
}

/** StoreError `busy` (the database is unavailable), `incompatible`, `failed`. */
export async function openPostgresStore(options: PostgresOptions): Promise<PostgresStore> {
  const database = new Database({
    ...options,
    maxConnections: CONNECTIONS,
    applicationName: `postern ${options.nodeName}`,
  });
  try {
    return await wire(options, database);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function wire(options: PostgresOptions, database: Database): Promise<PostgresStore> {
  const { clock, random, log, nodeName, version, exclusive = true } = options;
  const steps = new PostgresStepRunner(database, appendPending);
  const nowMs = clock.now();
  await steps.write(() =>
    insertFirstAccount({ id: makeId('acc_', nowMs, random), name: 'default', createdAtMs: nowMs }),
  );
  if (exclusive) await awaitPredecessor(database, nodeName, clock);
  const life = exclusive
    ? await database.transaction((session) => beginLife(session, nodeName, version))
    : NO_LIFE;
  const board = options.board ?? createStandingBoard();
  const measures = new CommitMeasures(clock);
  if (exclusive) {
    await freeEarlierClaims(database, life.nodeKey, nowMs);
    await database.transaction((session) => liftBlocksAfter(session, latestBlockMs(nowMs)));
  }
  const standing = readStanding(board, clock, options.processTime);
  const sequencer = new Sequencer({ database, clock, log, held: () => heldBy(standing) });
  const folder = new StatisticFolder({ steps, log, nodeKey: life.nodeKey });
  const onCounted = () => {
    folder.counted();
    sequencer.wake();
  };
  const nodes = () => standing.nodes;
  const onWaits = (waits: boolean) => new BoardWriter(board).waits(waits);
  const flow = openFlow(options, { database, steps, life, measures, nodes, onCounted, onWaits });
  const context: PostgresContext = { clock, random, log, database, steps, hot: flow, life, standing };
  const fleet = exclusive ? new Fleet({ ...options, board, context }) : undefined;
  await fleet?.start();
  if (exclusive) sequencer.start();
  const close = async () => {
    // Where the database does not answer, each waits for it.
    await Promise.all([flow.close(), sequencer.stop()]);
    await folder.idle();
    await fleet?.stop();
    if (exclusive) await database.transaction((session) => endLife(session, context.life));
    await database.close();
  };
  const remover = new PostgresAccountRemover(context, flow.sweeper);
  return {
    ...sharedWrites({
      writes: (verbs) => steps.writes(verbs),
      write: (begin) => steps.write(begin),
      pause: () => delay(clock, PAUSE_MS),
    }),
    fleet: fleetWrites(database, steps),
    erasure: new PostgresEraser(context, flow.sweeper),
    removal: { ...steps.writes(removalWrites), removeSomeOf: (...args) => remover.removeSomeOf(...args) },
    limits: limitWrites(database),
    spool: flow.spool,
    retention: new PostgresRetentionCleaner(context, flow.sweeper),
    queue: new PostgresQueueWriter(context, flow.memory.paces),
    health: steps.writes(healthWrites),
    reports: new PostgresReportWriter(context, flow),
    unsubscribes: createUnsubscribeWriter(context, flow),
    numberEvents: () => sequencer.number(),
    commitFigures: () => measures.figures(flow.waiting()),
    close: () => closeInTime(close, { clock, log }),
    async abandon() {
      fleet?.abandon();
      await flow.abandon();
      await sequencer.stop();
      await folder.idle();
      await database.close();
    },
  };
}

/** The duty to number events, if it is this node's. */
function heldBy(standing: ReturnType<typeof readStanding>) {
  const fence = standing.holds('events');
  return fence === undefined ? undefined : { life: standing.life, fence };
}

/** Gives up closing after {@link CLOSE_MS}, when the database does not answer: other nodes end the life. */
async function closeInTime(
  close: () => Promise<void>,
  { clock, log }: Pick<PostgresOptions, 'clock' | 'log'>,
): Promise<void> {
  try {
    await withTimeout(clock, CLOSE_MS, 'the end of the store', close());
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    log.warn('the store is left as it is: the database does not answer', { reason: error.message });
  }
}
