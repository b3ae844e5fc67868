/**
 * Opens the SQLite engine: takes the lock of the data folder (relayd) or not (relayctl), brings the schema up to date, frees
 * the claims of an earlier process, and connects the verbs to one group commit. Opening is synchronous; afterwards the engine
 * works in turns of the event loop, in the caller's thread.
 */
import { delay, type Clock } from '../../platform/clock.ts';
import { makeId } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import type { Random } from '../../platform/random.ts';
import { latestBlockMs } from '../../policy/retry.ts';
import type { CommitFigures } from '../commit-figures.ts';
import type { StoreError } from '../errors.ts';
import type { AddressHashes } from '../hashed-addresses.ts';
import { NO_FLEET } from '../fleet.ts';
import { UNSHARED_LIMITS } from '../shared-limits.ts';
import type { StoreWrites } from '../store.ts';
import { databasePath, openWriter, prepareFolder } from './engine/connection.ts';
import { CommitMeasures } from '../flow/commit-measures.ts';
import type { Context } from './engine/context.ts';
import { createContext } from './engine/context.ts';
import { insertFirstAccount } from '../sql/directory/accounts.ts';
import { removalWrites } from '../sql/removal/account-removal.ts';
import { sharedWrites } from '../sql/roles.ts';
import { currentEpoch, freeEarlierClaims, nextEpoch } from './engine/epoch.ts';
import { ForeignChanges } from './engine/foreign-changes.ts';
import { DEFAULT_RESERVE_BYTES, FreeSpace } from './engine/free-space.ts';
import { GroupCommit } from './engine/group-commit.ts';
import { createHealthWriter, createSuspensionWriter } from './statistics/health-writer.ts';
import type { DataFolderLock } from './engine/lock.ts';
import { lockDataFolder } from './engine/lock.ts';
import { BulkChanges } from './queue/bulk-changes.ts';
import { SqliteAccountRemover } from './directory/account-remover.ts';
import { SqliteEraser } from './erasure/eraser.ts';
import { cutOffWal } from './erasure/leave-no-rests.ts';
import { SqliteQueueWriter } from './queue/queue-writer.ts';
import { createUnsubscribeWriter } from './unsubscribes/unsubscribe-writer.ts';
import { SqliteReportWriter } from './reports/report-writer.ts';
import { SqliteRetentionCleaner } from './spool/retention-cleaner.ts';
import { SetBackClock } from './engine/set-back-clock.ts';
import { SqliteSpool } from './spool/spool.ts';
import { damageOf, storeError } from './engine/sqlite-error.ts';
import { Sweeper } from './engine/sweeper.ts';

/** For the relay's own thread: an outcome that is three milliseconds late is soon enough for every reader. */
export const SETTLE_WITHIN_MS = 3;
/** relayd waits this long for relayctl's short transactions; relayctl waits longer for its turn. */
const BUSY_MS = 5_000;
const TOOL_WAIT_MS = 15_000;
/**
 * Pause between two chunks of a long change: SQLite's lock is not fair, and a tight loop of another process would stall the
 * relay.
 */
const PAUSE_MS = 10;

export interface SqliteStoreOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Mail is refused while less is free on the file system. Default 256 MiB. */
  readonly reserveBytes?: number;
  /** True: relayd, which claims and delivers. False: a tool beside it. */
  readonly exclusive: boolean;
  /** Called once when reading or writing failed and the store was given up: the process should end. */
  readonly onFailure?: (error: StoreError) => void;
  /**
   * Runs `callback` soon, when operations that arrive meanwhile have been collected. Default: the next turn of the event
   * loop.
   */
  readonly schedule?: (callback: () => void) => void;
  /**
   * Milliseconds that outcomes wait for an acceptance to share its commit: with little traffic that saves half of all
   * commits. For as long, an attempt may be repeated after a crash. Default 0.
   */
  readonly settleWithinMs?: number;
  /** Mail to addresses that were erased and are suppressed is found by it. A tool beside the relay accepts none. */
  readonly addressHashes?: AddressHashes | undefined;
}

/** The writing roles; reads are openSqliteReader's. */
export interface SqliteStore extends StoreWrites {
  commitFigures(): CommitFigures;
  /** Finishes waiting operations, refuses new ones with `closed`, releases file and lock. */
  close(): Promise<void>;
  /** Releases file and lock as a sudden end of the process does: waiting operations are neither written nor answered. */
  abandon(): void;
}

/** StoreError `locked` (another relayd), `incompatible`, `failed`, `busy`. */
export function openSqliteStore(options: SqliteStoreOptions): SqliteStore {
  const { dataDir, exclusive } = options;
  prepareFolder(dataDir);
  const lock = exclusive ? lockDataFolder(dataDir) : undefined;
  try {
    return wire(options, lock);
  } catch (error) {
    lock?.release();
    throw storeError(error, databasePath(dataDir));
  }
}

function wire(options: SqliteStoreOptions, lock: DataFolderLock | undefined): SqliteStore {
  const { dataDir, clock, log } = options;
  const path = databasePath(dataDir);
  const db = openWriter(dataDir, BUSY_MS);
  const context =
    lock === undefined ? toolContext(db, clock) : createContext(db, clock, nextEpoch(db), options);
  const schedule = options.schedule ?? ((callback: () => void) => void setImmediate(callback));
  const { settleWithinMs } = options;
  const measures = new CommitMeasures(clock);
  let failed = false;
  let abandoned = false;
  const commits = new GroupCommit({
    transaction: context.transaction,
    damageOf,
    measures,
    storeError: (error) => storeError(error, path),
    schedule: (callback) =>
      schedule(() => {
        if (!abandoned) callback();
      }),
    linger: settleWithinMs === undefined ? undefined : (callback) => clock.after(settleWithinMs, callback),
    onFailure: (error) => {
      failed = true;
      log.error('store failed', { reason: error.message });
      options.onFailure?.(error);
    },
  });
  const sweeper = new Sweeper(context, commits);
  const freeSpace = new FreeSpace(dataDir, options.reserveBytes ?? DEFAULT_RESERVE_BYTES, clock);
  begin(context, options);
  const foreign =
    lock === undefined
      ? undefined
      : new ForeignChanges({ ...context, onError: (error) => commits.fail(storeError(error, path)) });
  const setBack = lock === undefined ? undefined : new SetBackClock(context, commits);
  if (lock !== undefined) {
    // What was erased right before the end of another process may be in there.
    cutOffWal(db);
    sweeper.start();
  }
  return {
    spool: new SqliteSpool({ context, commits, sweeper, freeSpace, mayClaim: lock !== undefined }),
    retention: new SqliteRetentionCleaner(context, commits, sweeper),
    ...administration(context, commits, sweeper, freeSpace),
    commitFigures: () => measures.figures(commits.size),
    async close() {
      foreign?.stop();
      setBack?.stop();
      await commits.close();
      // Closing would checkpoint: a failed handle is left to the end of the process instead.
      if (!failed) db.close();
      lock?.release();
    },
    abandon() {
      abandoned = true;
      foreign?.stop();
      setBack?.stop();
      db.close();
      lock?.release();
    },
  };
}

/** Roles that people and programs change beside the flow of mail. */
function administration(
  context: Context,
  commits: GroupCommit,
  sweeper: Sweeper,
  freeSpace: FreeSpace,
): Omit<StoreWrites, 'spool' | 'retention'> {
  const { steps, clock } = context;
  const shared = sharedWrites({
    writes: (verbs) => steps.writes(commits, verbs),
    async write(begin, sizeBytes) {
      const full = sizeBytes === undefined ? undefined : freeSpace.refusal();
      if (full !== undefined) throw full;
      return await steps.write(commits, begin, sizeBytes);
    },
    pause: () => delay(clock, PAUSE_MS),
  });
  const remover = new SqliteAccountRemover(context, commits, sweeper);
  return {
    ...shared,
    removal: {
      ...steps.writes(commits, removalWrites),
      removeSomeOf: (...args) => remover.removeSomeOf(...args),
    },
    erasure: new SqliteEraser(context, commits, sweeper),
    shaping: { ...shared.shaping, ...createSuspensionWriter(context, commits) },
    queue: new SqliteQueueWriter(context, commits),
    health: createHealthWriter(context, commits),
    reports: new SqliteReportWriter(context, commits),
    unsubscribes: createUnsubscribeWriter(context, commits),
    fleet: NO_FLEET,
    limits: UNSHARED_LIMITS,
  };
}

function toolContext(db: Context['db'], clock: Clock): Context {
  db.pragma('busy_timeout = 0');
  return createContext(db, clock, currentEpoch(db), { lockWaitMs: TOOL_WAIT_MS });
}

/** Requirements of the first operation, established in one transaction. */
function begin(context: Context, { clock, random, exclusive }: SqliteStoreOptions): void {
  const { db, transaction, steps } = context;
  transaction.begin();
  try {
    const nowMs = clock.now();
    const first = { id: makeId('acc_', nowMs, random), name: 'default', createdAtMs: nowMs };
    steps.run(insertFirstAccount(first));
    if (exclusive) {
      freeEarlierClaims(context);
      new BulkChanges(context).fulfilWishes(clock.now());
      context.destinations.liftBlocksAfter(latestBlockMs(clock.now()));
    }
    transaction.commit();
  } catch (error) {
    transaction.rollback();
    db.close();
    throw error;
  }
  transaction.committed();
}
