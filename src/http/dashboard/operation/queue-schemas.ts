/** What the routes of the queue answer with. */
import { z } from 'zod';
import { DELIVERY_STATES } from '../../../policy/delivery-state.ts';
import { listOf, MaybeTimestamp, Timestamp } from '../../schemas.ts';

const Count = z.number().int();

export const QueueDestination = z.object({
  destination: z.string(),
  ...Object.fromEntries(DELIVERY_STATES.map((state) => [state, Count])),
  scheduled: Count,
  queued: Count,
  deferred: Count,
  held: Count,
  next_due_at: MaybeTimestamp,
  blocked_until: MaybeTimestamp.describe('No attempt is made before; null: attempts are made'),
  suspended: z.boolean(),
  failures: Count.describe('Of the destination as a whole, in a row'),
  waits_for: z.string().nullable().describe('A limit, in words'),
  last_error: z.string().nullable(),
  withholds_suppressions_until: MaybeTimestamp,
});

/** What the relay has limited by itself. */
export const QueueLimit = z.object({
  subject: z.string().describe('An MX host or a provider'),
  source: z.string().nullable(),
  action: z.string(),
  step: Count,
  per_minute: z.number().nullable(),
  connections: z.number().nullable(),
  since: Timestamp,
  changed_at: Timestamp,
  until: Timestamp,
  times: Count,
  rule: z.string(),
  reply: z.string(),
  destination: z.string().describe('Whose mail met it'),
  undone_by: z.string(),
});

export const Queue = z.object({
  scheduled: Count,
  queued: Count,
  deferred: Count,
  held: Count,
  oldest_at: MaybeTimestamp,
  destinations: listOf(QueueDestination).describe('The fullest first'),
  limits: listOf(QueueLimit),
});

export const WaitingDelivery = z.object({
  id: z.string(),
  message_id: z.string(),
  account: z.string(),
  recipient: z.string(),
  state: z.enum(DELIVERY_STATES),
  waits_for: z.string(),
  earliest_at: MaybeTimestamp.describe('null: somebody has to act first'),
});

export const QueueOfDestination = QueueDestination.extend({
  suspended_since: MaybeTimestamp,
  suspended_until: MaybeTimestamp,
  suspended_reason: z.string().nullable(),
  suspended_by: z.string().nullable(),
  limits: listOf(QueueLimit),
  newest: listOf(WaitingDelivery).describe('Fifty at most'),
});

export const QueuePreview = z.object({
  deliveries: Count,
  messages: Count,
  in_progress: Count,
  oldest_at: MaybeTimestamp,
  accounts: listOf(z.object({ name: z.string(), deliveries: Count })).describe('The largest'),
});
