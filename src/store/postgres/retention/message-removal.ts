/** Removes messages that are settled, whose rows the transaction has locked: content, attempts, deliveries and their counts. */
import { DELIVERY_STATES } from '../../../policy/delivery-state.ts';
import { DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import type { Database } from '../engine/database.ts';
import type { Session } from '../engine/session.ts';

export interface OldMessage {
  readonly id: number;
  readonly chunk_count: number;
}

/** The range of keys of each message, by the key's index. */
const OF_MESSAGE = `unnest($1::bigint[]) AS m (id) WHERE`;
const RANGE = `BETWEEN m.id * ${DELIVERIES_PER_MESSAGE} AND m.id * ${DELIVERIES_PER_MESSAGE} + ${DELIVERIES_PER_MESSAGE - 1}`;
const REMOVE_CHUNKS = `DELETE FROM content_chunk c USING ${OF_MESSAGE} c.id ${RANGE}`;
/** Content of many chunks is removed in parts, like an abandoned upload. */
const DOOM =
  'INSERT INTO upload (message_id, life_id) SELECT id, 0 FROM unnest($1::bigint[]) AS id ON CONFLICT DO NOTHING';
const MARK_GONE = 'UPDATE message SET content_gone = 1, chunk_count = 0 WHERE id = ANY ($1::bigint[])';
/** Of accounts with a limit of storage, in the order of their keys. */
const LOCK_STORAGE = `SELECT 1 FROM account_storage
  WHERE account_id IN (SELECT account_id FROM message WHERE id = ANY ($1::bigint[])) ORDER BY account_id FOR UPDATE`;
const GIVE_BACK = `UPDATE account_storage s SET octets = s.octets - (SELECT coalesce(sum(m.size), 0) FROM message m
    WHERE m.id = ANY ($1::bigint[]) AND m.account_id = s.account_id AND m.credential_id IS NOT NULL AND m.id >= s.below)
  WHERE s.account_id IN (SELECT account_id FROM message WHERE id = ANY ($1::bigint[]))`;
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

/** The messages stay, without content. */
export async function removeContents(session: Session, messages: readonly OldMessage[]): Promise<void> {
  const idsOf = (some: typeof messages) => some.map(({ id }) => id);
  await session.query(REMOVE_CHUNKS, [idsOf(messages.filter(({ chunk_count: chunks }) => chunks <= 1))]);
  await session.query(DOOM, [idsOf(messages.filter(({ chunk_count: chunks }) => chunks > 1))]);
  await session.query(MARK_GONE, [idsOf(messages)]);
  const { rows } = await session.query(LOCK_STORAGE, [idsOf(messages)]);
  if (rows.length > 0) await session.query(GIVE_BACK, [idsOf(messages)]);
}

/** Messages whose content is gone. Resolves to the destinations that may be empty now. */
export async function removeMessages(
  session: Session,
  ids: readonly number[],
  nodeKey: number,
): Promise<readonly number[]> {
  await session.query(REMOVE_ATTEMPTS, [ids]);
  const { rows } = await session.query<{ destination_id: number; state: string }>(REMOVE_DELIVERIES, [ids]);
  await session.query(REMOVE_MESSAGES, [ids]);
  const counts = new Map<number, Record<string, number>>();
  for (const { destination_id: id, state } of rows) {
    const count = counts.get(id) ?? { id };
    count[state] = (count[state] ?? 0) - 1;
    counts.set(id, count);
  }
  await session.query(COUNT, [nodeKey, JSON.stringify([...counts.values()])]);
  return [...counts.keys()];
}

/** One at a time: a transaction that waits for one that is locked here may hold any other. */
export async function removeEmpty(
  database: Database,
  among: readonly number[],
  nowMs: number,
): Promise<void> {
  if (among.length === 0) return;
  const { rows } = await database.read((session) => session.query<{ id: number }>(EMPTY, [among, nowMs]));
  for (const { id } of rows)
    await database.transaction(async (session) => {
      await session.query(LOCK_DESTINATION, [id]);
      await session.query(LOCK_COUNTS, [id]);
      await session.query(REMOVE_EMPTY, [id, nowMs]);
    });
}
