/**
 * The retention cleaner on PostgreSQL: content, then metadata, then rows that expire by age alone, a bounded number in a
 * step, each part in a transaction of its own. The database reuses the space. One node at a time has the duty; if two run at
 * once, every row is still removed once.
 */
import type { CleanedStep, RetentionAges, RetentionCleaner } from '../../retention.ts';
import { countSomeStorage } from '../../sql/directory/storage.ts';
import { AccountRetention } from '../../sql/retention/account-retention.ts';
import { removeOldEvents, removeOldRows } from '../../sql/retention/old-rows.ts';
import { StatisticsSweep } from '../../sql/statistics/old-statistics.ts';
import type { Session } from '../engine/session.ts';
import type { PostgresContext } from '../engine/context.ts';
import type { Sweeper } from '../spool/sweeper.ts';
import { foldSome } from '../statistics/statistic-fold.ts';
import { removeContents, removeEmpty, removeMessages, type OldMessage } from './message-removal.ts';

const MESSAGES_A_STEP = 100;

const OLD = `SELECT id, chunk_count FROM message
  WHERE settled_at IS NOT NULL AND content_gone = $1 AND settled_at < $2 ORDER BY settled_at LIMIT ${MESSAGES_A_STEP}
  FOR UPDATE`;
/** Those that are still there, for this transaction. */
const LOCK = `SELECT id, chunk_count FROM message WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE`;
/** Whose node has no life: nobody folds what it counted. */
const LEFT_COUNTS = `SELECT DISTINCT node_id FROM (SELECT node_id FROM statistic_delta ORDER BY id LIMIT 1000) d
  WHERE NOT EXISTS (SELECT 1 FROM node_life l WHERE l.node_id = d.node_id AND l.ended_at IS NULL)`;

export class PostgresRetentionCleaner implements RetentionCleaner {
  readonly #context: PostgresContext;
  readonly #sweeper: Sweeper;
  readonly #statistics = new StatisticsSweep();
  readonly #ofAccounts = new AccountRetention();

  constructor(context: PostgresContext, sweeper: Sweeper) {
    this.#context = context;
    this.#sweeper = sweeper;
  }

  async clean(nowMs: number, ages: RetentionAges): Promise<CleanedStep> {
    const { database, steps } = this.#context;
    const contentBeforeMs = Math.round(nowMs - Math.min(ages.contentMs, ages.metadataMs));
    const contents = await database.transaction((session) => removeOldContents(session, contentBeforeMs));
    if (contents > 0) this.#sweeper.start();
    const { messages, destinations } = await database.transaction((session) =>
      this.#removeMessages(session, Math.round(nowMs - ages.metadataMs)),
    );
    await removeEmpty(database, destinations, Math.round(nowMs));
    const events = await steps.write(() => removeOldEvents(nowMs - ages.eventsMs));
    const walked = await this.#cleanAccounts(nowMs, ages);
    const others = await steps.write(() => removeOldRows(nowMs, ages, this.#statistics));
    // By itself: who accepts a message locks other rows before and after this one.
    const counted = await steps.write(countSomeStorage);
    await this.#foldForOthers();
    const more =
      contents === MESSAGES_A_STEP ||
      messages === MESSAGES_A_STEP ||
      events > 0 ||
      others + counted > 0 ||
      walked.more;
    return {
      contents: contents + walked.contents,
      messages: messages + walked.messages,
      events: events + walked.events,
      pages: 0,
      more,
    };
  }

  /** Of accounts that keep less. */
  async #cleanAccounts(
    nowMs: number,
    ages: RetentionAges,
  ): Promise<Pick<CleanedStep, 'contents' | 'messages' | 'events' | 'more'>> {
    const { database, steps, life } = this.#context;
    const walked = await steps.write(() => this.#ofAccounts.step(nowMs, ages));
    const { contents, messages, events, more } = walked;
    const touched = await database.transaction(async (session) => {
      const { rows } = await session.query<OldMessage>(LOCK, [
        [...contents, ...messages].map(({ id }) => id),
      ]);
      await removeContents(
        session,
        rows.filter(({ chunk_count: chunks }) => chunks > 0),
      );
      const going = new Set(messages.map(({ id }) => id));
      const ids = rows.map(({ id }) => id).filter((id) => going.has(id));
      return ids.length === 0 ? [] : await removeMessages(session, ids, life.nodeKey);
    });
    this.#ofAccounts.passed(walked);
    if (contents.length + messages.length > 0) this.#sweeper.start();
    await removeEmpty(database, touched, Math.round(nowMs));
    return { contents: contents.length, messages: messages.length, events, more };
  }

  async #removeMessages(
    session: Session,
    beforeMs: number,
  ): Promise<{ readonly messages: number; readonly destinations: readonly number[] }> {
    const { rows: old } = await session.query<OldMessage>(OLD, [1, beforeMs]);
    if (old.length === 0) return { messages: 0, destinations: [] };
    const ids = old.map(({ id }) => id);
    const destinations = await removeMessages(session, ids, this.#context.life.nodeKey);
    return { messages: ids.length, destinations };
  }

  async #foldForOthers(): Promise<void> {
    const { database, steps } = this.#context;
    const { rows } = await database.read((session) => session.query<{ node_id: number }>(LEFT_COUNTS));
    for (const { node_id: node } of rows) await steps.write(() => foldSome(node));
  }
}

async function removeOldContents(session: Session, beforeMs: number): Promise<number> {
  const { rows } = await session.query<OldMessage>(OLD, [0, beforeMs]);
  if (rows.length > 0) await removeContents(session, rows);
  return rows.length;
}
