/** Webhooks and their delivery logs as the command line and HTTP answer them. A secret is in none but the first. */
import { eventIdOf } from '../store/public-ids.ts';
import type { NewWebhook, Webhook, WebhookDelivery } from '../store/webhooks.ts';
import { timestamp } from './timestamp.ts';

/** Stands for every event, also those of later versions. */
export const EVERY_EVENT = '*';

/** What adding one answers, the only place beside rotation where the secret stands. */
export function newWebhookJson(
  { id, url, events, createdAtMs }: NewWebhook,
  secret: string,
  account: string,
) {
  return { id, url, secret, events: eventNames(events), account, created_at: timestamp(createdAtMs) };
}

export function webhookJson(webhook: Webhook) {
  return {
    id: webhook.id,
    url: webhook.url,
    events: eventNames(webhook.events),
    account: webhook.accountName,
    state: webhook.state,
    state_reason: webhook.stateReason === '' ? null : webhook.stateReason,
    state_since: timestamp(webhook.stateSinceMs),
    failing_since: timestamp(webhook.failingSinceMs),
    delivered_at: timestamp(webhook.deliveredAtMs),
    cursor: eventIdOf(webhook.cursor),
    old_secret_until: timestamp(webhook.previousUntilMs),
    created_at: timestamp(webhook.createdAtMs),
  };
}

export function webhookDeliveryJson(delivery: WebhookDelivery) {
  const { lastAttempt: last } = delivery;
  return {
    event_id: eventIdOf(delivery.sequence),
    event: delivery.eventType,
    message_id: delivery.messageId ?? null,
    state: delivery.state,
    attempts: delivery.attempts,
    next_attempt_at: timestamp(delivery.nextAttemptAtMs),
    last_attempt:
      last === undefined
        ? null
        : {
            at: timestamp(last.atMs),
            status: last.statusCode ?? null,
            error: last.error ?? null,
            response: last.excerpt ?? null,
            duration_ms: Math.round(last.durationMs),
          },
    ended_at: timestamp(delivery.endedAtMs),
  };
}

function eventNames(events: Webhook['events']): readonly string[] {
  return events.length === 0 ? [EVERY_EVENT] : events;
}
