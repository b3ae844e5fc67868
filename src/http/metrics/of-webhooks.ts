/**
 * Webhooks: what waits to be sent, and for how long. Reads a bounded number of webhooks, those that fail first, and of each a
 * bounded number of events: beyond that the figures are lower bounds, and large enough for any alarm. How long a webhook
 * has failed is known of all of them.
 */
import type { EventReader } from '../../store/queue-admin.ts';
import { WEBHOOK_STATES, type Webhook, type WebhookReader } from '../../store/webhooks.ts';
import type { StoredEvent } from '../../store/views.ts';
import { metric, type Sample } from './exposition.ts';

export type WebhookSources = Pick<WebhookReader, 'listWebhooks' | 'countWebhookRetries'> &
  Pick<EventReader, 'readEvents'>;

export interface WebhookBacklog {
  readonly states: Readonly<Record<Webhook['state'], number>>;
  readonly events: number;
  /** `undefined`: nothing waits. */
  readonly oldestAtMs: number | undefined;
}

const MOST_WEBHOOKS = 20;
const MOST_EVENTS = 200;
const NEVER_MS = Number.MAX_SAFE_INTEGER;

export async function readWebhookBacklog(reader: WebhookSources): Promise<WebhookBacklog> {
  const webhooks = await reader.listWebhooks(undefined);
  const states = { active: 0, paused: 0, disabled: 0 };
  for (const { state } of webhooks) states[state]++;
  const active = webhooks.filter(({ state }) => state === 'active').sort(failingFirst);
  let events = 0;
  let oldestAtMs = active[0]?.failingSinceMs;
  for (const webhook of active.slice(0, MOST_WEBHOOKS)) {
    const unsent = await firstUnsent(reader, webhook);
    events += unsent.length + (await reader.countWebhookRetries(webhook.id, MOST_EVENTS));
    const [first] = unsent;
    if (first !== undefined) oldestAtMs = Math.min(first.atMs, oldestAtMs ?? first.atMs);
  }
  return { states, events, oldestAtMs };
}

/** The longest failing one first, those that do not fail last. */
function failingFirst(one: Webhook, other: Webhook): number {
  return (one.failingSinceMs ?? NEVER_MS) - (other.failingSinceMs ?? NEVER_MS);
}

async function firstUnsent(
  reader: WebhookSources,
  { accountId, events, cursor }: Webhook,
): Promise<readonly StoredEvent[]> {
  const page = await reader.readEvents({
    accountId,
    messageId: undefined,
    recipient: undefined,
    types: events,
    after: cursor,
    limit: MOST_EVENTS,
  });
  return page.events;
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
