/** What an operator sees: messages with their deliveries and attempts, destinations, events. Read-only, by key. */
import type { Database } from 'better-sqlite3';
import { isFinal } from '../../policy/delivery-state.ts';
import { deliveryIdOf } from '../public-ids.ts';
import type { MessageFilter, QueueReader } from '../queue-admin.ts';
import type { DeliveryView, MessageView, QueueSummary } from '../records.ts';
import { DELIVERIES_PER_MESSAGE, deliveryRange, recipientNumberOf } from './keys.ts';
import { createDomainMailReader } from './domain-mail.ts';
import { createEventReader } from './event-reader.ts';
import { createMessagePages } from './message-pages.ts';
import type { MessageRow } from './messages.ts';
import { factsOf, SELECT_MESSAGE } from './messages.ts';
import type { AttemptRow, DeliveryViewRow, DestinationRow } from './queue-rows.ts';
import { attemptOf, destinationView, replyOf } from './queue-rows.ts';
import { addCondition, SqlCache, whereSql, type Where } from './sql-cache.ts';

const SELECT_ATTEMPT =
  'SELECT at, host, address, tls, reply_code, status, text, stage, duration_ms, local_class FROM attempt WHERE delivery_id = ?';

/** On `db`, which may be read-only. */
export function createQueueReader(db: Database): QueueReader {
  const sql = new SqlCache(db);
  return {
    listMessages(filter) {
      const where = messageConditions(filter);
      const text = `${SELECT_MESSAGE} ${whereSql(where)} ORDER BY m.public_id DESC LIMIT ?`;
      const rows = sql.prepare<MessageRow>(text).all(...where.values, filter.limit);
      return rows.map((row) => messageView(sql, row, false));
    },
    ...createMessagePages(db, sql, messageConditions, (row) => messageView(sql, row, false)),
    messageById(id) {
      const row = sql.prepare<MessageRow>(`${SELECT_MESSAGE} WHERE m.public_id = ?`).get(id);
      return row === undefined ? undefined : messageView(sql, row, true);
    },
    contentIdOf: (id) =>
      sql.prepare<{ id: number }>('SELECT id FROM message WHERE public_id = ?').get(id)?.id,
    summary: (destinationLimit) => summary(sql, destinationLimit),
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
      `SELECT * FROM destination WHERE ${waiting} > 0 OR suspended = 1 OR blocked_until IS NOT NULL
         OR withholds_until IS NOT NULL
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

function messageView(sql: SqlCache, row: MessageRow, withHistory: boolean): MessageView {
  const deliveries = sql
    .prepare<DeliveryViewRow>(
      `SELECT d.id, d.recipient, t.name AS destination, d.state, d.attempts, d.due_at, d.claim_epoch, d.settled_at
       FROM delivery d JOIN destination t ON t.id = d.destination_id WHERE d.id BETWEEN ? AND ? ORDER BY d.id`,
    )
    .all(...deliveryRange(row.id));
  return {
    facts: factsOf(row),
    accountName: row.account_name,
    hasContent: row.content_gone === 0,
    deliveries: deliveries.map((delivery) => deliveryView(sql, row.public_id, delivery, withHistory)),
  };
}

function deliveryView(
  sql: SqlCache,
  messageId: string,
  row: DeliveryViewRow,
  withHistory: boolean,
): DeliveryView {
  const last = sql
    .prepare<AttemptRow>(`${SELECT_ATTEMPT} ORDER BY fence DESC, number DESC LIMIT 1`)
    .get(row.id);
  const history = withHistory
    ? sql.prepare<AttemptRow>(`${SELECT_ATTEMPT} ORDER BY fence, number`).all(row.id)
    : undefined;
  return {
    id: deliveryIdOf(messageId, recipientNumberOf(row.id)),
    recipient: row.recipient,
    destination: row.destination,
    state: row.state,
    attempts: row.attempts,
    nextAttemptAtMs: row.due_at ?? undefined,
    claimed: row.claim_epoch !== null,
    lastReply: last === undefined ? undefined : replyOf(last),
    settledAtMs: row.settled_at ?? undefined,
    history: history?.map(attemptOf),
  };
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
  addCondition(delivery, 'd.recipient = ?', filter.recipient);
  if (delivery.sql.length > 0) {
    where.sql.push(`EXISTS (SELECT 1 FROM delivery d
      WHERE d.id BETWEEN m.id * ${DELIVERIES_PER_MESSAGE} AND (m.id + 1) * ${DELIVERIES_PER_MESSAGE} - 1 AND ${delivery.sql.join(' AND ')})`);
    where.values.push(...delivery.values);
  }
  // Open messages are few beside the settled ones and have an index of their own.
  if (filter.state !== undefined && !isFinal(filter.state)) where.sql.push('m.settled_at IS NULL');
  return where;
}
