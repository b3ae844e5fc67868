/** Assembles the flow of mail: state in memory, the group commit with a connection of its own, the look at the backlog. */
import type { CommitMeasures } from '../../flow/commit-measures.ts';
import { Feed } from '../../flow/feed.ts';
import { UndoLog } from '../../flow/undo-log.ts';
import type { Spool } from '../../spool.ts';
import { Paces } from '../../sql/statistics/paces.ts';
import type { HotPath } from '../engine/context.ts';
import { Database } from '../engine/database.ts';
import { GroupCommit } from '../engine/group-commit.ts';
import type { Life } from '../engine/life.ts';
import type { PostgresStepRunner } from '../engine/step-runner.ts';
import type { PostgresOptions } from '../options.ts';
import { Recalls } from '../queue/recalls.ts';
import { Backlog } from './backlog.ts';
import { commitBatch, type SpoolMemory, type SpoolOperation } from './batch.ts';
import { Destinations, type Destination } from './destinations.ts';
import { PostgresSpool } from './spool.ts';
import { Sweeper } from './sweeper.ts';
import { Uploads } from './uploads.ts';

export interface Flow extends HotPath {
  readonly spool: Spool;
  /** For other roles whose transactions accept mail. */
  readonly memory: SpoolMemory;
  readonly commits: GroupCommit<SpoolOperation>;
  readonly sweeper: Sweeper;
  /** Operations that are waiting for a commit. */
  waiting(): number;
  close(): Promise<void>;
  abandon(): Promise<void>;
}

/** One for commits, one for the look at the backlog. */
const CONNECTIONS = 2;

export function openFlow(
  options: PostgresOptions,
  parts: {
    readonly database: Database;
    readonly steps: PostgresStepRunner;
    readonly life: Life;
    readonly measures: CommitMeasures;
    /** Number of live nodes, including this one. */
    readonly nodes: () => number;
    /** A transaction with counts and events was committed. */
    readonly onCounted: () => void;
    readonly onWaits: (waits: boolean) => void;
  },
): Flow {
  const { clock, random, log, nodeName } = options;
  const connections = { maxConnections: CONNECTIONS, applicationName: `postern ${nodeName} spool` };
  const database = new Database({ ...options, ...connections });
  const undo = new UndoLog();
  const memory: SpoolMemory = {
    database,
    clock,
    undo,
    steps: parts.steps,
    feed: new Feed<Destination>(undo),
    destinations: new Destinations(),
    uploads: new Uploads(undo),
    paces: new Paces(parts.nodes),
    accounts: new Map(),
    messageKeys: [],
    life: parts.life,
    mayHaveRuns: true,
    onCounted: parts.onCounted,
    addressHashes: options.addressHashes,
  };
  const commits = new GroupCommit<SpoolOperation>({
    commit: (batch) => commitBatch(memory, batch),
    learnsFrom: (error) => database.learnsFrom(error),
    onLost: () => void backlog.reckon().catch(() => undefined),
    onWaits: parts.onWaits,
    clock,
    random,
    log,
    measures: parts.measures,
  });
  const sweeper = new Sweeper(parts.database);
  const backlog = new Backlog({ memory, commits, clock, random });
  const recalls = new Recalls(memory);
  sweeper.start();
  return {
    spool: new PostgresSpool({ memory, commits, sweeper }),
    memory,
    commits,
    sweeper,
    waiting: () => commits.size,
    look: () => backlog.look(),
    adopt: (life) => adopt(memory, commits, life),
    async close() {
      backlog.stop();
      recalls.stop();
      await commits.close();
      await sweeper.stop();
      await database.close();
    },
    async abandon() {
      backlog.stop();
      recalls.stop();
      commits.abandon();
      await sweeper.stop();
      await database.close();
    },
  };
}

/** Between two transactions, so that no transaction spans two lives. */
function adopt(memory: SpoolMemory, commits: GroupCommit<SpoolOperation>, life: Life): Promise<void> {
  const work = () => {
    memory.feed.giveUp();
    memory.uploads.clear();
    memory.life = life;
    return Promise.resolve(() => undefined);
  };
  return commits.submit({ grows: false, sizeBytes: 0, alone: true, work });
}
