/**
 * Reads webhooks and their delivery log, by key and partial index: the cost of a look-up does not depend on the length of the
 * log.
 */
import type { WebhookReader } from '../../webhooks.ts';
import { directoryVersion } from '../directory/change.ts';
import type { Dialect } from '../dialect.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, type StepsOf } from '../steps.ts';
import { FIRST_EVENT, LAST_EVENT } from '../events/event-ends.ts';
import {
  SELECT_WEBHOOK,
  webhookDeliveryOf,
  webhookOf,
  type WebhookDeliveryRow,
  type WebhookRow,
} from './webhook-rows.ts';

const ALL = statement<NoValues, WebhookRow>(`${SELECT_WEBHOOK} ORDER BY w.id`);
const OF_ACCOUNT = statement<{ account: string }, WebhookRow>(
  `${SELECT_WEBHOOK} WHERE a.public_id = :account ORDER BY w.id`,
);
const BY_ID = statement<{ id: string }, WebhookRow>(`${SELECT_WEBHOOK} WHERE w.public_id = :id`);

/** Rows of the log of the webhook `:id`, found by `index`; more conditions follow. */
function fromLog(columns: string, { indexedBy }: Dialect, index: string): string {
  return `SELECT ${columns} FROM webhook w CROSS JOIN webhook_delivery d ${indexedBy(index)}
    WHERE w.public_id = :id AND d.webhook_id = w.id`;
}

const DELIVERY = 'w.public_id AS webhook_public_id, d.*';
const BY_KEY = `FROM webhook w CROSS JOIN webhook_delivery d WHERE w.public_id = :id AND d.webhook_id = w.id`;

const LOG = statement<{ id: string; before: number; limit: number }, WebhookDeliveryRow>(
  `SELECT ${DELIVERY} ${BY_KEY} AND d.event_sequence < :before ORDER BY d.event_sequence DESC LIMIT :limit`,
);
const OPEN = statement<{ id: string; state: string; before: number; limit: number }, WebhookDeliveryRow>(
  (dialect) => `${fromLog(DELIVERY, dialect, 'webhook_delivery_open')} AND d.state != 'delivered'
    AND d.state = :state AND d.event_sequence < :before ORDER BY d.event_sequence DESC LIMIT :limit`,
);
const RECORDED = statement<{ id: string; sequence: number }>(
  `SELECT 1 AS found ${BY_KEY} AND d.event_sequence = :sequence`,
);
const DUE = statement<{ id: string; now: number; limit: number }, WebhookDeliveryRow>(
  (dialect) => `${fromLog(DELIVERY, dialect, 'webhook_delivery_due')} AND d.next_attempt_at <= :now
    ORDER BY d.next_attempt_at, d.event_sequence LIMIT :limit`,
);
const NEXT = statement<{ id: string }, { at: number }>(
  (dialect) => `${fromLog('d.next_attempt_at AS at', dialect, 'webhook_delivery_due')}
    AND d.next_attempt_at IS NOT NULL ORDER BY d.next_attempt_at LIMIT 1`,
);
const RETRIES = statement<{ id: string; limit: number }>(
  (dialect) => `${fromLog('1 AS found', dialect, 'webhook_delivery_due')}
    AND d.next_attempt_at IS NOT NULL LIMIT :limit`,
);
const WAITS = statement<{ id: string; message: string }>(
  (dialect) => `${fromLog('1 AS found', dialect, 'webhook_delivery_waiting')}
    AND d.message_id = :message AND d.state = 'pending' LIMIT 1`,
);

const EVENT_FROM = statement<{ sequence: number }, { readonly sequence: number; readonly at: number }>(
  'SELECT sequence, at FROM event WHERE sequence >= :sequence ORDER BY sequence LIMIT 1',
);

/** Above every sequence. */
const NEVER = Number.MAX_SAFE_INTEGER;

export const webhookReads: StepsOf<WebhookReader> = {
  *listWebhooks(account) {
    const rows = account === undefined ? yield* all(ALL, {}) : yield* all(OF_ACCOUNT, { account });
    return rows.map(webhookOf);
  },
  *webhookById(id) {
    const row = yield* one(BY_ID, { id });
    return row && webhookOf(row);
  },
  webhooksVersion: directoryVersion,
  *webhookDeliveries({ webhookId: id, state, before = NEVER, limit }) {
    const rows =
      state === undefined
        ? yield* all(LOG, { id, before, limit })
        : yield* all(OPEN, { id, state, before, limit });
    return rows.map(webhookDeliveryOf);
  },
  *isWebhookRecorded(id, sequence) {
    return (yield* one(RECORDED, { id, sequence })) !== undefined;
  },
  *dueWebhookDeliveries(id, nowMs, limit) {
    return (yield* all(DUE, { id, now: Math.round(nowMs), limit })).map(webhookDeliveryOf);
  },
  *nextWebhookAttemptAtMs(id) {
    return (yield* one(NEXT, { id }))?.at;
  },
  *countWebhookRetries(id, limit) {
    return (yield* all(RETRIES, { id, limit })).length;
  },
  *webhookWaitsFor(id, message) {
    return (yield* one(WAITS, { id, message })) !== undefined;
  },
  /** By bisection, because no index leads from a time to an event. */
  *eventSequenceAt(atMs) {
    let low = (yield* one(FIRST_EVENT, {}))?.sequence ?? 1;
    let high = ((yield* one(LAST_EVENT, {}))?.sequence ?? 0) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const event = yield* one(EVENT_FROM, { sequence: middle });
      if (event === undefined || event.at >= atMs) high = middle;
      else low = event.sequence + 1;
    }
    return low;
  },
};
