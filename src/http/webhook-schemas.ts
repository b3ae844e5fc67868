/** Schemas of webhook requests and responses. */
import { z } from 'zod';
import { ALL_EVENT_TYPES, type AnyEventType } from '../policy/delivery-state.ts';
import { EVERY_EVENT } from '../api-json/webhook-json.ts';
import type { EventReader } from '../store/queue-admin.ts';
import type { ReplaySelection, WebhookReader } from '../store/webhooks.ts';
import { WEBHOOK_DELIVERY_STATES, WEBHOOK_STATES } from '../store/webhooks.ts';
import { replayRange } from '../webhook/replay-range.ts';
import { checkWebhookUrl, type WebhookUrlRules } from '../webhook/webhook-url.ts';
import { EventId, listOf, MaybeTimestamp, Timestamp } from './schemas.ts';

const MOST_EVENTS_BY_ID = 1_000;

const EventName = z.enum(ALL_EVENT_TYPES as [AnyEventType, ...AnyEventType[]]);

export const EventNames = z
  .array(z.union([EventName, z.literal(EVERY_EVENT)]))
  .min(1)
  .max(ALL_EVENT_TYPES.length + 1)
  .describe('The events to send; `*`: all, also those of later versions');

/** In stored form: empty for all. */
export function typesOf(names: readonly (AnyEventType | typeof EVERY_EVENT)[]): readonly AnyEventType[] {
  if (names.includes(EVERY_EVENT)) return [];
  return [...new Set(names as readonly AnyEventType[])];
}

export function webhookUrl(rules: WebhookUrlRules) {
  return z
    .string()
    .max(4_096)
    .transform((text, context) => {
      const checked = checkWebhookUrl(text, rules);
      if ('url' in checked) return checked.url;
      context.addIssue({ code: 'custom', message: checked.problem });
      return z.NEVER;
    })
    .describe('https, without user name and password, not inside a private network');
}

const Time = z.iso
  .datetime({ offset: true, error: 'accepted: a time such as 2026-11-24T06:00:00Z' })
  .transform((text) => Date.parse(text));

export const replayBody = z
  .strictObject({
    event_ids: z.array(EventId).min(1).max(MOST_EVENTS_BY_ID).optional(),
    failed: z.literal(true).optional().describe('All failed events'),
    since: Time.optional(),
    until: Time.optional(),
    after: EventId.optional().describe('Events after this one'),
  })
  .refine(
    ({ event_ids: ids, failed, since, until, after }) => {
      const isRange = since !== undefined || after !== undefined;
      const given = [ids !== undefined, failed === true, isRange].filter(Boolean).length;
      return given === 1 && (until === undefined || isRange);
    },
    { error: 'accepted: one of event_ids, failed, since and after (until goes with the last two)' },
  );

export async function replaySelection(
  { event_ids: ids, since, until, after }: z.output<typeof replayBody>,
  reader: Pick<WebhookReader, 'eventSequenceAt'> & Pick<EventReader, 'lastEventSequence'>,
): Promise<ReplaySelection> {
  if (ids !== undefined) return { kind: 'events', sequences: ids };
  if (since === undefined && after === undefined) return { kind: 'failed' };
  return replayRange({ after, sinceMs: since, untilMs: until }, reader);
}

export const WebhookView = z
  .object({
    id: z.string(),
    url: z.string(),
    events: listOf(z.string()),
    account: z.string(),
    state: z.enum(WEBHOOK_STATES),
    state_reason: z.string().nullable().describe('Why it is paused or disabled'),
    state_since: Timestamp,
    failing_since: MaybeTimestamp.describe('Failing since; null: the last request succeeded'),
    delivered_at: MaybeTimestamp.describe('Last successful request'),
    cursor: z
      .string()
      .describe('Every event up to this one was sent, is in the delivery log, or was not subscribed to'),
    old_secret_until: MaybeTimestamp,
    created_at: Timestamp,
  })
  .meta({ id: 'Webhook' });

export const IssuedWebhookView = z.object({
  id: z.string(),
  url: z.string(),
  secret: z.string().describe('`whsec_` and base64; shown only once'),
  events: listOf(z.string()),
  account: z.string(),
  created_at: Timestamp,
});

export const WebhookDeliveryView = z
  .object({
    event_id: z.string(),
    event: z.string(),
    message_id: z.string().nullable(),
    state: z.enum(WEBHOOK_DELIVERY_STATES),
    attempts: z.number(),
    next_attempt_at: MaybeTimestamp,
    last_attempt: z
      .object({
        at: Timestamp,
        status: z.number().nullable(),
        error: z.string().nullable(),
        response: z.string().nullable(),
        duration_ms: z.number(),
      })
      .nullable(),
    ended_at: MaybeTimestamp,
  })
  .meta({ id: 'WebhookDelivery' });
