/** What an operator sees: messages with their deliveries and attempts, destinations, events. Read-only, by key. */
import type { Database } from 'better-sqlite3';
import { isFinal } from '../../../policy/delivery-state.ts';
import { deliveryIdOf } from '../../public-ids.ts';
import type { MessageFilter, EventReader, QueueReader } from '../../queue-admin.ts';
import type { DeliveryView, DestinationTrouble, MessageView, QueueSummary } from '../../views.ts';
import { DELIVERIES_PER_MESSAGE, deliveryRange, messageKeyOf, recipientNumberOf } from '../engine/keys.ts';
import { createTryReader, TRIES_SHOWN, type SeenTries, type SeeTries } from '../spool/destination-tries.ts';
import { createDomainMailReader } from './domain-mail.ts';
import { createEventReader } from '../events/event-reader.ts';
import { createMessagePages } from './message-pages.ts';
import type { MessageRow } from '../spool/messages.ts';
import { factsOf, SELECT_MESSAGE } from '../spool/messages.ts';
import type { AttemptRow, DeliveryViewRow, DestinationRow } from './queue-rows.ts';
import { attemptOf, destinationView, replyOf } from './queue-rows.ts';
import { addRecipientCondition, defineAddressKey } from './recipient-condition.ts';
import { addCondition, SqlCache, whereSql, type Where } from '../engine/sql-cache.ts';
import type { Direct } from '../engine/reads.ts';

const SELECT_ATTEMPT =
  'SELECT at, host, address, tls, reply_code, status, text, stage, duration_ms, local_class, tls_failure FROM attempt WHERE delivery_id = ?';
const LAST = 'ORDER BY fence DESC, number DESC LIMIT 1';
const SELECT_OPEN = `SELECT d.destination_id, max(m.accepted_at, coalesce(m.send_at, 0)) AS started_at
  FROM message m JOIN delivery d WHERE m.id = ? AND d.id = ?`;

interface OpenRow {
  readonly destination_id: number;
  readonly started_at: number;
}

interface Sources {
  readonly sql: SqlCache;
  readonly seeTries: SeeTries;
}

/** On `db`, which may be read-only. */
export function createQueueReader(db: Database): Direct<QueueReader & EventReader> {
  defineAddressKey(db);
  const sql = new SqlCache(db);
  const sources: Sources = { sql, seeTries: createTryReader(db) };
  return {
    listMessages(filter) {
      const where = messageConditions(filter);
      const text = `${SELECT_MESSAGE} ${whereSql(where)} ORDER BY m.public_id DESC LIMIT ?`;
      const rows = sql.prepare<MessageRow>(text).all(...where.values, filter.limit);
      return rows.map((row) => messageView(sources, row, false));
    },
    ...createMessagePages(db, sql, messageConditions, (row) => messageView(sources, row, false)),
    messageById(id) {
      const row = sql.prepare<MessageRow>(`${SELECT_MESSAGE} WHERE m.public_id = ?`).get(id);
      return row === undefined ? undefined : messageView(sources, row, true);
    },
    lastAttempt(deliveryId) {
      const row = sql.prepare<OpenRow>(SELECT_OPEN).get(messageKeyOf(deliveryId), deliveryId);
      const own = sql.prepare<AttemptRow>(`${SELECT_ATTEMPT} ${LAST}`).get(deliveryId);
      const span = { fromMs: row?.started_at ?? 0, toMs: Number.MAX_SAFE_INTEGER };
      const [seen] = row === undefined ? [] : sources.seeTries(row.destination_id, span, true).rows;
      const last = (seen?.at ?? -1) > (own?.at ?? -1) ? seen : own;
      return last && attemptOf(last);
    },
    contentIdOf: (id) =>
      sql.prepare<{ id: number }>('SELECT id FROM message WHERE public_id = ?').get(id)?.id,
    summary: (destinationLimit) => summary(sql, destinationLimit),
    destination(name) {
      const row = sql.prepare<DestinationRow>('SELECT * FROM destination WHERE name = ?').get(name);
      return row && destinationView(row);
    },
    destinationTrouble: (name) => destinationTrouble(sql, name),
    ...createDomainMailReader(db),
    ...createEventReader(db),
  };
}

function summary(sql: SqlCache, destinationLimit: number): QueueSummary {
  const waiting = 'scheduled + queued + deferred + held';
  const totals = sql
    .prepare<Record<'scheduled' | 'queued' | 'deferred' | 'held', number | null>>(
      `SELECT sum(scheduled) AS scheduled, sum(queued) AS queued, sum(deferred) AS deferred, sum(held) AS held
       FROM destination`,
    )
    .get();
  const oldest = sql
    .prepare<{ accepted_at: number }>(
      'SELECT accepted_at FROM message WHERE settled_at IS NULL ORDER BY public_id LIMIT 1',
    )
    .get();
  const destinations = sql
    .prepare<DestinationRow>(
      `SELECT * FROM destination WHERE ${waiting} > 0 OR suspended = 1 OR withholds_until IS NOT NULL
       ORDER BY ${waiting} DESC, name LIMIT ?`,
    )
    .all(destinationLimit);
  return {
    scheduled: totals?.scheduled ?? 0,
    queued: totals?.queued ?? 0,
    deferred: totals?.deferred ?? 0,
    held: totals?.held ?? 0,
    oldestAtMs: oldest?.accepted_at,
    destinations: destinations.map(destinationView),
  };
}

function messageView(sources: Sources, row: MessageRow, withHistory: boolean): MessageView {
  const deliveries = sources.sql
    .prepare<DeliveryViewRow>(
      `SELECT d.id, d.recipient, t.name AS destination, t.id AS destination_id, t.tries AS destination_tries,
         d.state, d.attempts, d.due_at, d.claim_epoch, d.settled_at
       FROM delivery d JOIN destination t ON t.id = d.destination_id WHERE d.id BETWEEN ? AND ? ORDER BY d.id`,
    )
    .all(...deliveryRange(row.id));
  return {
    facts: factsOf(row),
    accountName: row.account_name,
    hasContent: row.content_gone === 0,
    deliveries: deliveries.map((delivery) => deliveryView(sources, row, delivery, withHistory)),
  };
}

function deliveryView(
  { sql, seeTries }: Sources,
  message: MessageRow,
  row: DeliveryViewRow,
  withHistory: boolean,
): DeliveryView {
  const own = withHistory
    ? sql.prepare<AttemptRow>(`${SELECT_ATTEMPT} ORDER BY fence, number`).all(row.id)
    : sql.prepare<AttemptRow>(`${SELECT_ATTEMPT} ${LAST}`).all(row.id);
  const span = {
    fromMs: Math.max(message.accepted_at, message.send_at ?? 0),
    toMs: row.settled_at ?? Number.MAX_SAFE_INTEGER,
  };
  // While it is held, nothing is tried for it.
  const seen =
    row.destination_tries === 0 || row.state === 'held'
      ? NO_TRIES
      : seeTries(row.destination_id, span, !withHistory);
  // Both are in order of time.
  const history = [...own, ...seen.rows.toReversed()].sort((one, other) => one.at - other.at);
  const last = history.at(-1);
  return {
    id: deliveryIdOf(message.public_id, recipientNumberOf(row.id)),
    recipient: row.recipient,
    destination: row.destination,
    state: row.state,
    attempts: row.attempts + seen.count,
    nextAttemptAtMs: row.due_at ?? undefined,
    claimed: row.claim_epoch !== null,
    lastReply: last === undefined ? undefined : replyOf(last),
    settledAtMs: row.settled_at ?? undefined,
    history: withHistory ? history.map(attemptOf) : undefined,
    ...(seen.count > TRIES_SHOWN && { triesLeftOut: seen.count - TRIES_SHOWN }),
  };
}

const NO_TRIES: SeenTries = { count: 0, rows: [] };

function destinationTrouble(sql: SqlCache, name: string): DestinationTrouble | undefined {
  const text = `SELECT t.* FROM destination d JOIN destination_try t ON t.destination_id = d.id
    WHERE d.name = ? AND d.failures > 0 AND t.number`;
  const last = sql.prepare<AttemptRow>(`${text} = d.tries ORDER BY t.part DESC LIMIT 1`).get(name);
  const first = sql
    .prepare<AttemptRow>(
      `${text} BETWEEN d.tries - d.failures + 1 AND d.tries ORDER BY t.number, t.part LIMIT 1`,
    )
    .get(name);
  return last && first && { last: attemptOf(last), sinceMs: first.at };
}

function messageConditions(filter: MessageFilter): Where {
  const where: Where = { sql: [], values: [] };
  addCondition(where, 'a.public_id = ?', filter.accountId);
  addCondition(where, 'm.public_id < ?', filter.before);
  addCondition(where, 'm.stream = ?', filter.stream);
  addCondition(where, 'EXISTS (SELECT 1 FROM json_each(m.tags) WHERE value = ?)', filter.tag);
  const delivery: Where = { sql: [], values: [] };
  addCondition(delivery, 'd.state = ?', filter.state);
  addCondition(
    delivery,
    'd.destination_id = (SELECT id FROM destination WHERE name = ?)',
    filter.destination,
  );
  addRecipientCondition(delivery, 'd.recipient', filter.recipient);
  if (delivery.sql.length > 0) {
    where.sql.push(`EXISTS (SELECT 1 FROM delivery d
      WHERE d.id BETWEEN m.id * ${DELIVERIES_PER_MESSAGE} AND (m.id + 1) * ${DELIVERIES_PER_MESSAGE} - 1 AND ${delivery.sql.join(' AND ')})`);
    where.values.push(...delivery.values);
  }
  // Open messages are few beside the settled ones and have an index of their own.
  if (filter.state !== undefined && !isFinal(filter.state)) where.sql.push('m.settled_at IS NULL');
  return where;
}
