/** Schemas of webhook requests and responses. */
import { z } from 'zod';
import { ALL_EVENT_TYPES, type AnyEventType } from '../policy/delivery-state.ts';
import { EVERY_EVENT } from '../api-json/webhook-json.ts';
import { LONGEST_OVERLAP_MS, SECRET_OVERLAP_MS } from '../admin/webhooks/rotate.ts';
import { WEBHOOK_DELIVERY_STATES, WEBHOOK_STATES } from '../store/webhooks.ts';
import { EventId, listOf, MaybeTimestamp, Timestamp } from './schemas.ts';

const MOST_EVENTS_BY_ID = 1_000;

const EventName = z.enum(ALL_EVENT_TYPES as [AnyEventType, ...AnyEventType[]]);

export const EventNames = z
  .array(z.union([EventName, z.literal(EVERY_EVENT)]))
  .min(1)
  .max(ALL_EVENT_TYPES.length + 1)
  .describe('The events to send; `*`: all, also those of later versions');

/** What it has to be: admin/webhooks/add.ts. */
export const WebhookUrl = z
  .string()
  .max(4_096)
  .describe('https, without user name and password, not inside a private network');

const Time = z.iso
  .datetime({ offset: true, error: 'accepted: a time such as 2026-11-24T06:00:00Z' })
  .transform((text) => Date.parse(text));

export const ReplayBody = z.strictObject({
  event_ids: z.array(EventId).min(1).max(MOST_EVENTS_BY_ID).optional(),
  failed: z.literal(true).optional().describe('All failed events'),
  since: Time.optional(),
  until: Time.optional(),
  after: EventId.optional().describe('Events after this one'),
});

export const RotateBody = z
  .strictObject({
    overlap_seconds: z
      .number()
      .int()
      .min(0)
      .max(LONGEST_OVERLAP_MS / 1000)
      .default(SECRET_OVERLAP_MS / 1000)
      .describe('How long the old secret still signs as well'),
  })
  .nullish();

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

export const WebhookTestView = z.object({
  delivered: z.boolean(),
  status: z.number().nullable().describe('Status of the response; null: no response'),
  error: z.string().nullable(),
  response: z.string().nullable().describe('The beginning of the response body'),
  duration_ms: z.number(),
});
