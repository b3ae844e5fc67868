/**
 * The retention cleaner: content, then metadata, then expired events, a bounded number of rows in a step, and the file's free
 * pages once there are many. Freed space is reused first: shrinking and growing a file all day would cost more than it saves.
 */
import type { Database } from 'better-sqlite3';
import type { CleanedStep, RetentionAges, RetentionCleaner } from '../../retention.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import type { Sweeper } from '../engine/sweeper.ts';
import { MessageRemoval } from './message-removal.ts';
import { countSomeStorage } from '../../sql/directory/storage.ts';
import { AccountRetention, type WalkedStep } from '../../sql/retention/account-retention.ts';
import { removeOldEvents, removeOldRows } from '../../sql/retention/old-rows.ts';
import { StatisticsSweep } from '../../sql/statistics/old-statistics.ts';

const MESSAGES_A_STEP = 100;
/** Free pages are returned while there are more than this many and more than a quarter of the file. */
const KEEP_FREE_PAGES = 4096;
const VACUUM_PAGES_A_STEP = 250;

export class SqliteRetentionCleaner implements RetentionCleaner {
  readonly #context: Context;
  readonly #commits: GroupCommit;
  readonly #sweeper: Sweeper;
  readonly #statistics = new StatisticsSweep();
  readonly #ofAccounts = new AccountRetention();
  readonly #removal: MessageRemoval;

  constructor(context: Context, commits: GroupCommit, sweeper: Sweeper) {
    this.#context = context;
    this.#commits = commits;
    this.#sweeper = sweeper;
    this.#removal = new MessageRemoval(context);
  }

  async clean(nowMs: number, ages: RetentionAges): Promise<CleanedStep> {
    const { step, walked } = await this.#commits.submit({
      grows: false,
      sizeBytes: 0,
      run: () => this.#step(nowMs, ages),
    });
    this.#ofAccounts.passed(walked);
    this.#sweeper.start();
    return step;
  }

  #step(nowMs: number, ages: RetentionAges): { readonly step: CleanedStep; readonly walked: WalkedStep } {
    const { steps, db } = this.#context;
    const contents = this.#removeContents(nowMs - Math.min(ages.contentMs, ages.metadataMs));
    const messages = this.#removeMessages(nowMs, nowMs - ages.metadataMs);
    const removedEvents = steps.run(removeOldEvents(nowMs - ages.eventsMs));
    const walked = steps.run(this.#ofAccounts.step(nowMs, ages));
    this.#removal.removeContents(
      [...walked.contents, ...walked.messages].filter(({ chunk_count: chunks }) => chunks > 0),
    );
    this.#removal.removeMessages(
      walked.messages.map(({ id }) => id),
      nowMs,
    );
    const others = steps.run(removeOldRows(nowMs, ages, this.#statistics)) + steps.run(countSomeStorage());
    const pages = giveBackPages(db);
    const more =
      contents === MESSAGES_A_STEP ||
      messages === MESSAGES_A_STEP ||
      removedEvents > 0 ||
      others > 0 ||
      walked.more ||
      pages === VACUUM_PAGES_A_STEP;
    const step = {
      contents: contents + walked.contents.length,
      messages: messages + walked.messages.length,
      events: removedEvents + walked.events,
      pages,
      more,
    };
    return { step, walked };
  }

  #removeContents(settledBeforeMs: number): number {
    const old = this.#context.messages.settledBefore(false, settledBeforeMs, MESSAGES_A_STEP);
    this.#removal.removeContents(old);
    return old.length;
  }

  #removeMessages(nowMs: number, settledBeforeMs: number): number {
    const old = this.#context.messages.settledBefore(true, settledBeforeMs, MESSAGES_A_STEP);
    this.#removal.removeMessages(
      old.map(({ id }) => id),
      nowMs,
    );
    return old.length;
  }
}

function giveBackPages(db: Database): number {
  const free = db.pragma('freelist_count', { simple: true }) as number;
  const pages = db.pragma('page_count', { simple: true }) as number;
  if (free <= KEEP_FREE_PAGES || free * 4 <= pages) return 0;
  db.pragma(`incremental_vacuum(${VACUUM_PAGES_A_STEP})`);
  return VACUUM_PAGES_A_STEP;
}
