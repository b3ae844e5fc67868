/**
 * The retention cleaner on PostgreSQL: content, then metadata, then rows that expire by age alone, a bounded number in a
 * step, each part in a transaction of its own. The database reuses the space. One node at a time has the duty; if two run at
 * once, every row is still removed once.
 */
import { DELIVERY_STATES } from '../../../policy/delivery-state.ts';
import type { CleanedStep, RetentionAges, RetentionCleaner } from '../../retention.ts';
import { DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import { removeOldEvents, removeOldRows } from '../../sql/retention/old-rows.ts';
import { StatisticsSweep } from '../../sql/statistics/old-statistics.ts';
import type { Database } from '../engine/database.ts';
import type { Session } from '../engine/session.ts';
import type { PostgresContext } from '../engine/context.ts';
import type { Sweeper } from '../spool/sweeper.ts';
import { foldSome } from '../statistics/statistic-fold.ts';

const MESSAGES_A_STEP = 100;

const OLD = `SELECT id, chunk_count FROM message
  WHERE settled_at IS NOT NULL AND content_gone = $1 AND settled_at < $2 ORDER BY settled_at LIMIT ${MESSAGES_A_STEP}
  FOR UPDATE`;
/** The range of keys of each message, by the key's index. */
const OF_MESSAGE = `unnest($1::bigint[]) AS m (id) WHERE`;
const RANGE = `BETWEEN m.id * ${DELIVERIES_PER_MESSAGE} AND m.id * ${DELIVERIES_PER_MESSAGE} + ${DELIVERIES_PER_MESSAGE - 1}`;
const REMOVE_CHUNKS = `DELETE FROM content_chunk c USING ${OF_MESSAGE} c.id ${RANGE}`;
/** Content of many chunks is removed in parts, like an abandoned upload. */
const DOOM =
  'INSERT INTO upload (message_id, life_id) SELECT id, 0 FROM unnest($1::bigint[]) AS id ON CONFLICT DO NOTHING';
const MARK_GONE = 'UPDATE message SET content_gone = 1, chunk_count = 0 WHERE id = ANY ($1::bigint[])';
const REMOVE_ATTEMPTS = `DELETE FROM attempt a USING ${OF_MESSAGE} a.delivery_id ${RANGE}`;
const REMOVE_DELIVERIES = `DELETE FROM delivery d USING ${OF_MESSAGE} d.id ${RANGE} RETURNING d.destination_id, d.state`;
const REMOVE_MESSAGES = 'DELETE FROM message WHERE id = ANY ($1::bigint[])';

const COUNT_COLUMNS = DELIVERY_STATES.join(', ');
const TYPES = DELIVERY_STATES.map((state) => `${state} bigint`).join(', ');
const COUNT = `INSERT INTO destination_count (destination_id, node_id, ${COUNT_COLUMNS})
  SELECT id, $1, ${DELIVERY_STATES.map((state) => `coalesce(${state}, 0)`).join(', ')}
  FROM json_to_recordset($2::json) AS r (id bigint, ${TYPES}) ORDER BY id
  ON CONFLICT (destination_id, node_id) DO UPDATE SET
    ${DELIVERY_STATES.map((state) => `${state} = destination_count.${state} + excluded.${state}`).join(', ')}`;

/** A destination without deliveries and settings. */
const IS_EMPTY = `suspended = 0 AND coalesce(blocked_until, 0) <= $2
  AND NOT EXISTS (SELECT 1 FROM destination_count c WHERE c.destination_id = d.id
    HAVING ${DELIVERY_STATES.map((state) => `sum(c.${state}) <> 0`).join(' OR ')})`;
const EMPTY = `SELECT id FROM destination d WHERE id = ANY ($1::bigint[]) AND ${IS_EMPTY}`;
/** In this order, so that no count is added unseen: whoever counts in a destination locks one of these rows. */
const LOCK_DESTINATION = 'SELECT id FROM destination WHERE id = $1 FOR UPDATE';
const LOCK_COUNTS = 'SELECT 1 FROM destination_count WHERE destination_id = $1 ORDER BY node_id FOR UPDATE';
const REMOVE_EMPTY = `DELETE FROM destination d WHERE id = $1 AND ${IS_EMPTY}`;
/** Whose node has no life: nobody folds what it counted. */
const LEFT_COUNTS = `SELECT DISTINCT node_id FROM (SELECT node_id FROM statistic_delta ORDER BY id LIMIT 1000) d
  WHERE NOT EXISTS (SELECT 1 FROM node_life l WHERE l.node_id = d.node_id AND l.ended_at IS NULL)`;

export class PostgresRetentionCleaner implements RetentionCleaner {
  readonly #context: PostgresContext;
  readonly #sweeper: Sweeper;
  readonly #statistics = new StatisticsSweep();

  constructor(context: PostgresContext, sweeper: Sweeper) {
    this.#context = context;
    this.#sweeper = sweeper;
  }

  async clean(nowMs: number, ages: RetentionAges): Promise<CleanedStep> {
    const { database, steps } = this.#context;
    const contentBeforeMs = Math.round(nowMs - Math.min(ages.contentMs, ages.metadataMs));
    const contents = await database.transaction((session) => removeContents(session, contentBeforeMs));
    if (contents > 0) this.#sweeper.start();
    const { messages, destinations } = await database.transaction((session) =>
      this.#removeMessages(session, Math.round(nowMs - ages.metadataMs)),
    );
    if (destinations.length > 0) await removeEmpty(database, destinations, Math.round(nowMs));
    const events = await steps.write(() => removeOldEvents(nowMs - ages.eventsMs));
    const others = await steps.write(() => removeOldRows(nowMs, ages, this.#statistics));
    await this.#foldForOthers();
    const more = contents === MESSAGES_A_STEP || messages === MESSAGES_A_STEP || events > 0 || others > 0;
    return { contents, messages, events, pages: 0, more };
  }

  async #removeMessages(
    session: Session,
    beforeMs: number,
  ): Promise<{ readonly messages: number; readonly destinations: readonly number[] }> {
    const { rows: old } = await session.query<{ id: number }>(OLD, [1, beforeMs]);
    if (old.length === 0) return { messages: 0, destinations: [] };
    const ids = old.map(({ id }) => id);
    await session.query(REMOVE_ATTEMPTS, [ids]);
    const { rows } = await session.query<{ destination_id: number; state: string }>(REMOVE_DELIVERIES, [ids]);
    await session.query(REMOVE_MESSAGES, [ids]);
    const counts = new Map<number, Record<string, number>>();
    for (const { destination_id: id, state } of rows) {
      const count = counts.get(id) ?? { id };
      count[state] = (count[state] ?? 0) - 1;
      counts.set(id, count);
    }
    await session.query(COUNT, [this.#context.life.nodeKey, JSON.stringify([...counts.values()])]);
    return { messages: ids.length, destinations: [...counts.keys()] };
  }

  async #foldForOthers(): Promise<void> {
    const { database, steps } = this.#context;
    const { rows } = await database.read((session) => session.query<{ node_id: number }>(LEFT_COUNTS));
    for (const { node_id: node } of rows) await steps.write(() => foldSome(node));
  }
}

async function removeContents(session: Session, beforeMs: number): Promise<number> {
  const { rows } = await session.query<{ id: number; chunk_count: number }>(OLD, [0, beforeMs]);
  if (rows.length === 0) return 0;
  const idsOf = (some: typeof rows) => some.map(({ id }) => id);
  await session.query(REMOVE_CHUNKS, [idsOf(rows.filter(({ chunk_count: chunks }) => chunks <= 1))]);
  await session.query(DOOM, [idsOf(rows.filter(({ chunk_count: chunks }) => chunks > 1))]);
  await session.query(MARK_GONE, [idsOf(rows)]);
  return rows.length;
}

/** One at a time: a transaction that waits for one that is locked here may hold any other. */
async function removeEmpty(database: Database, among: readonly number[], nowMs: number): Promise<void> {
  const { rows } = await database.read((session) => session.query<{ id: number }>(EMPTY, [among, nowMs]));
  for (const { id } of rows)
    await database.transaction(async (session) => {
      await session.query(LOCK_DESTINATION, [id]);
      await session.query(LOCK_COUNTS, [id]);
      await session.query(REMOVE_EMPTY, [id, nowMs]);
    });
}
