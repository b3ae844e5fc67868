/**
 * Webhooks: what waits to be sent, and for how long. Reads a bounded number of webhooks, and of each a bounded number of
 * events: beyond that the figures are lower bounds, and large enough for any alarm.
 */
import type { EventReader } from '../../store/queue-admin.ts';
import { WEBHOOK_STATES, type Webhook, type WebhookReader } from '../../store/webhooks.ts';
import { metric, type Sample } from './exposition.ts';

export type WebhookSources = Pick<WebhookReader, 'listWebhooks' | 'countWebhookRetries'> &
  Pick<EventReader, 'readEvents'>;

export interface WebhookBacklog {
  readonly states: Readonly<Record<Webhook['state'], number>>;
  readonly events: number;
  /** `undefined`: nothing waits. */
  readonly oldestAtMs: number | undefined;
}

const MOST_WEBHOOKS = 100;
const MOST_EVENTS = 1_000;

export async function readWebhookBacklog(reader: WebhookSources): Promise<WebhookBacklog> {
  const webhooks = await reader.listWebhooks(undefined);
  const states = { active: 0, paused: 0, disabled: 0 };
  for (const { state } of webhooks) states[state]++;
  let events = 0;
  let oldestAtMs: number | undefined;
  for (const webhook of webhooks.filter(({ state }) => state === 'active').slice(0, MOST_WEBHOOKS)) {
    const unsent = await reader.readEvents({
      accountId: webhook.accountId,
      messageId: undefined,
      recipient: undefined,
      types: webhook.events,
      after: webhook.cursor,
      limit: MOST_EVENTS,
    });
    events += unsent.events.length + (await reader.countWebhookRetries(webhook.id, MOST_EVENTS));
    for (const atMs of [unsent.events[0]?.atMs, webhook.failingSinceMs])
      if (atMs !== undefined) oldestAtMs = Math.min(atMs, oldestAtMs ?? atMs);
  }
  return { states, events, oldestAtMs };
}

export function webhookMetrics(
  { states, events, oldestAtMs }: WebhookBacklog,
  nowMs: number,
): readonly string[] {
  return [
    metric(
      'postern_webhooks',
      'gauge',
      'Webhooks by state',
      WEBHOOK_STATES.map((state): Sample => [{ state }, states[state]]),
    ),
    metric('postern_webhook_backlog', 'gauge', 'Events that active webhooks have not sent, or send again', [
      [{}, events],
    ]),
    metric('postern_webhook_oldest_seconds', 'gauge', 'For how long the oldest of them has waited', [
      [{}, oldestAtMs === undefined ? 0 : Math.max(0, (nowMs - oldestAtMs) / 1000)],
    ]),
  ];
}
