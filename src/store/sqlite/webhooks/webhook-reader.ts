/** Reading webhooks and their delivery log. By key and partial index: a long log costs a look-up nothing. */
import type { Database } from 'better-sqlite3';
import type { WebhookReader } from '../../webhooks.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import type { WebhookDeliveryRow, WebhookRow } from './webhook-rows.ts';
import { SELECT_WEBHOOK, webhookDeliveryOf, webhookOf } from './webhook-rows.ts';
import type { Direct } from '../engine/reads.ts';

const SELECT_DELIVERY = `SELECT w.public_id AS webhook_public_id, d.* FROM webhook w CROSS JOIN webhook_delivery d`;
const OF_WEBHOOK = 'WHERE w.public_id = ? AND d.webhook_id = w.id';
/** No sequence is as high. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** On `db`, which may be read-only. */
export function createWebhookReader(db: Database): Direct<WebhookReader> {
  return { ...webhooks(db), ...deliveryLog(db), ...retries(db), ...eventsOf(db) };
}

type Reads<K extends keyof WebhookReader> = Pick<Direct<WebhookReader>, K>;

function webhooks(db: Database): Reads<'listWebhooks' | 'webhookById' | 'webhooksVersion'> {
  const all = prepare<[], WebhookRow>(db, `${SELECT_WEBHOOK} ORDER BY w.id`);
  const ofAccount = prepare<[string], WebhookRow>(
    db,
    `${SELECT_WEBHOOK} WHERE a.public_id = ? ORDER BY w.id`,
  );
  const byId = prepare<[string], WebhookRow>(db, `${SELECT_WEBHOOK} WHERE w.public_id = ?`);
  const version = pluck<[], number>(db, 'SELECT directory_version FROM counter');
  return {
    listWebhooks: (accountId) =>
      (accountId === undefined ? all.all() : ofAccount.all(accountId)).map(webhookOf),
    webhookById(id) {
      const row = byId.get(id);
      return row === undefined ? undefined : webhookOf(row);
    },
    webhooksVersion: () => version.get() ?? 0,
  };
}

function deliveryLog(db: Database): Reads<'webhookDeliveries' | 'isWebhookRecorded'> {
  const log = prepare<[string, number, number], WebhookDeliveryRow>(
    db,
    `${SELECT_DELIVERY} ${OF_WEBHOOK} AND d.event_sequence < ? ORDER BY d.event_sequence DESC LIMIT ?`,
  );
  const open = prepare<[string, string, number, number], WebhookDeliveryRow>(
    db,
    `SELECT w.public_id AS webhook_public_id, d.*
    FROM webhook w CROSS JOIN webhook_delivery d INDEXED BY webhook_delivery_open
    ${OF_WEBHOOK} AND d.state != 'delivered' AND d.state = ? AND d.event_sequence < ?
    ORDER BY d.event_sequence DESC LIMIT ?`,
  );
  const recorded = pluck<[string, number], number>(
    db,
    `SELECT 1 FROM webhook w CROSS JOIN webhook_delivery d ${OF_WEBHOOK} AND d.event_sequence = ?`,
  );
  return {
    webhookDeliveries({ webhookId, state, before = NEVER, limit }) {
      const rows =
        state === undefined ? log.all(webhookId, before, limit) : open.all(webhookId, state, before, limit);
      return rows.map(webhookDeliveryOf);
    },
    isWebhookRecorded: (webhookId, sequence) => recorded.get(webhookId, sequence) !== undefined,
  };
}

/** What waits for an attempt. */
function retries(
  db: Database,
): Reads<'dueWebhookDeliveries' | 'nextWebhookAttemptAtMs' | 'countWebhookRetries' | 'webhookWaitsFor'> {
  const due = prepare<[string, number, number], WebhookDeliveryRow>(
    db,
    `SELECT w.public_id AS webhook_public_id, d.*
    FROM webhook w CROSS JOIN webhook_delivery d INDEXED BY webhook_delivery_due
    ${OF_WEBHOOK} AND d.next_attempt_at <= ? ORDER BY d.next_attempt_at, d.event_sequence LIMIT ?`,
  );
  const next = pluck<[string], number>(
    db,
    `SELECT d.next_attempt_at FROM webhook w CROSS JOIN webhook_delivery d INDEXED BY webhook_delivery_due
    ${OF_WEBHOOK} AND d.next_attempt_at IS NOT NULL ORDER BY d.next_attempt_at LIMIT 1`,
  );
  const waiting = pluck<[string, number], number>(
    db,
    `SELECT 1 FROM webhook w CROSS JOIN webhook_delivery d INDEXED BY webhook_delivery_due
    ${OF_WEBHOOK} AND d.next_attempt_at IS NOT NULL LIMIT ?`,
  );
  const waits = pluck<[string, string], number>(
    db,
    `SELECT 1 FROM webhook w CROSS JOIN webhook_delivery d INDEXED BY webhook_delivery_waiting
    ${OF_WEBHOOK} AND d.message_id = ? AND d.state = 'pending' LIMIT 1`,
  );
  return {
    dueWebhookDeliveries: (webhookId, nowMs, limit) =>
      due.all(webhookId, nowMs, limit).map(webhookDeliveryOf),
    nextWebhookAttemptAtMs: (webhookId) => next.get(webhookId),
    countWebhookRetries: (webhookId, limit) => waiting.all(webhookId, limit).length,
    webhookWaitsFor: (webhookId, messageId) => waits.get(webhookId, messageId) !== undefined,
  };
}

/** By halving, since no index leads from a time to an event. */
function eventsOf(db: Database): Reads<'eventSequenceAt'> {
  const first = pluck<[], number | null>(db, 'SELECT min(sequence) FROM event');
  const last = pluck<[], number | null>(db, 'SELECT max(sequence) FROM event');
  const atOrBehind = prepare<[number], { readonly sequence: number; readonly at: number }>(
    db,
    'SELECT sequence, at FROM event WHERE sequence >= ? ORDER BY sequence LIMIT 1',
  );
  return {
    eventSequenceAt(atMs) {
      let low = first.get() ?? 1;
      let high = (last.get() ?? 0) + 1;
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        const event = atOrBehind.get(middle);
        if (event === undefined || event.at >= atMs) high = middle;
        else low = event.sequence + 1;
      }
      return low;
    },
  };
}
