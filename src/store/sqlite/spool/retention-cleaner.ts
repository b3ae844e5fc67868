/**
 * The retention cleaner: content, then metadata, then expired events, a bounded number of rows in a step, and the file's free
 * pages once there are many. Freed space is reused first: shrinking and growing a file all day would cost more than it saves.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import type { CleanedStep, RetentionAges, RetentionCleaner } from '../../retention.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import { deliveryRange } from '../../flow/keys.ts';
import type { Sweeper } from '../engine/sweeper.ts';
import { prepare } from '../engine/prepare.ts';
import { removeOldEvents, removeOldRows } from '../../sql/retention/old-rows.ts';
import { StatisticsSweep } from '../../sql/statistics/old-statistics.ts';

const MESSAGES_A_STEP = 100;
/** Free pages are returned while there are more than this many and more than a quarter of the file. */
const KEEP_FREE_PAGES = 4096;
const VACUUM_PAGES_A_STEP = 250;
interface DeliveryRow {
  readonly destination_id: number;
  readonly state: DeliveryState;
}

export class SqliteRetentionCleaner implements RetentionCleaner {
  readonly #context: Context;
  readonly #commits: GroupCommit;
  readonly #sweeper: Sweeper;
  readonly #statistics = new StatisticsSweep();
  readonly #selectDeliveries: Statement<[number, number], DeliveryRow>;
  readonly #deleteDeliveries: Statement<[number, number]>;

  constructor(context: Context, commits: GroupCommit, sweeper: Sweeper) {
    this.#context = context;
    this.#commits = commits;
    this.#sweeper = sweeper;
    const { db } = context;
    this.#selectDeliveries = prepare(
      db,
      'SELECT destination_id, state FROM delivery WHERE id BETWEEN ? AND ?',
    );
    this.#deleteDeliveries = prepare(db, 'DELETE FROM delivery WHERE id BETWEEN ? AND ?');
  }

  async clean(nowMs: number, ages: RetentionAges): Promise<CleanedStep> {
    const step = await this.#commits.submit({
      grows: false,
      sizeBytes: 0,
      run: () => this.#step(nowMs, ages),
    });
    this.#sweeper.start();
    return step;
  }

  #step(nowMs: number, ages: RetentionAges): CleanedStep {
    const { steps, db } = this.#context;
    const contents = this.#removeContents(nowMs - Math.min(ages.contentMs, ages.metadataMs));
    const messages = this.#removeMessages(nowMs, nowMs - ages.metadataMs);
    const removedEvents = steps.run(removeOldEvents(nowMs - ages.eventsMs));
    const others = steps.run(removeOldRows(nowMs, ages, this.#statistics));
    const pages = giveBackPages(db);
    const more =
      contents === MESSAGES_A_STEP ||
      messages === MESSAGES_A_STEP ||
      removedEvents > 0 ||
      others > 0 ||
      pages === VACUUM_PAGES_A_STEP;
    return { contents, messages, events: removedEvents, pages, more };
  }

  #removeContents(settledBeforeMs: number): number {
    const { messages, contents } = this.#context;
    const old = messages.settledBefore(false, settledBeforeMs, MESSAGES_A_STEP);
    for (const { id, chunk_count: chunkCount } of old) {
      if (chunkCount > 1) contents.doom(id);
      else contents.removeNow(id);
      messages.markContentGone(id);
    }
    return old.length;
  }

  #removeMessages(nowMs: number, settledBeforeMs: number): number {
    const { messages, destinations } = this.#context;
    const old = messages.settledBefore(true, settledBeforeMs, MESSAGES_A_STEP);
    const touched = new Set<number>();
    for (const { id } of old) {
      const range = deliveryRange(id);
      for (const { destination_id: destinationId, state } of this.#selectDeliveries.all(...range)) {
        const destination = destinations.byId(destinationId);
        if (destination !== undefined) destinations.count(destination, state, -1);
        touched.add(destinationId);
      }
      this.#deleteDeliveries.run(...range);
      messages.delete(id);
    }
    for (const id of touched) {
      const destination = destinations.byId(id);
      if (destination !== undefined) destinations.removeIfEmpty(destination, nowMs);
    }
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
