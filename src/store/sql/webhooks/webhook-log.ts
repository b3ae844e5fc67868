/**
 * Delivery logs of webhooks: records written by a dispatcher, and their removal. Events of one message are delivered in
 * order, so at most one of them is due; the others wait without a time, and the first of them gets one when it has ended.
 */
import type { WebhookOutcome } from '../../webhooks.ts';
import { statement } from '../statement.ts';
import { run, type Steps } from '../steps.ts';
import { ABOUT_ACCOUNT } from './webhook-rows.ts';

const PUT = statement<{
  webhook: number;
  sequence: number;
  type: string;
  message: string;
  state: string;
  attempts: number;
  next: number | undefined;
  first: number | undefined;
  last: number | undefined;
  code: number | undefined;
  error: string | undefined;
  excerpt: string | undefined;
  duration: number | undefined;
  ended: number | undefined;
}>(
  `INSERT INTO webhook_delivery (webhook_id, event_sequence, event_type, message_id, state, attempts, next_attempt_at,
     first_attempt_at, last_attempt_at, status_code, error, excerpt, duration_ms, ended_at)
   VALUES (:webhook, :sequence, :type, :message, :state, :attempts, :next,
     :first, :last, :code, :error, :excerpt, :duration, :ended)
   ON CONFLICT (webhook_id, event_sequence) DO UPDATE SET state = excluded.state, attempts = excluded.attempts,
     next_attempt_at = excluded.next_attempt_at, first_attempt_at = excluded.first_attempt_at,
     last_attempt_at = excluded.last_attempt_at, status_code = excluded.status_code, error = excluded.error,
     excerpt = excluded.excerpt, duration_ms = excluded.duration_ms, ended_at = excluded.ended_at`,
);
const WAIT = statement<{ webhook: number; sequence: number; type: string; message: string }>(
  `INSERT INTO webhook_delivery (webhook_id, event_sequence, event_type, message_id, state, attempts)
   VALUES (:webhook, :sequence, :type, :message, 'pending', 0) ON CONFLICT (webhook_id, event_sequence) DO NOTHING`,
);
const START_NEXT = statement<{ webhook: number; message: string; now: number }>(
  ({ indexedBy }) => `UPDATE webhook_delivery SET next_attempt_at = :now
   WHERE webhook_id = :webhook AND event_sequence =
     (SELECT event_sequence FROM webhook_delivery ${indexedBy('webhook_delivery_waiting')}
      WHERE message_id = :message AND webhook_id = :webhook AND state = 'pending' ORDER BY event_sequence LIMIT 1)
   AND NOT EXISTS (SELECT 1 FROM webhook_delivery other ${indexedBy('webhook_delivery_waiting')}
      WHERE other.webhook_id = webhook_delivery.webhook_id AND other.message_id = :message
      AND other.state = 'pending' AND other.next_attempt_at IS NOT NULL)`,
);
const RECOVER = statement<{ webhook: number; now: number }>(
  'UPDATE webhook_delivery SET next_attempt_at = :now WHERE webhook_id = :webhook AND next_attempt_at > :now',
);
const REMOVE_ENDED = statement<{ before: number; limit: number }>(
  ({ indexedBy }) => `DELETE FROM webhook_delivery WHERE (webhook_id, event_sequence) IN
   (SELECT webhook_id, event_sequence FROM webhook_delivery ${indexedBy('webhook_delivery_ended')}
    WHERE ended_at < :before LIMIT :limit)`,
);
const REMOVE_SOME = statement<{ webhook: number; limit: number }>(
  `DELETE FROM webhook_delivery WHERE (webhook_id, event_sequence) IN
   (SELECT webhook_id, event_sequence FROM webhook_delivery WHERE webhook_id = :webhook LIMIT :limit)`,
);

/** Of one webhook, in the order of events. */
export function* recordOutcomes(
  webhook: number,
  outcomes: readonly WebhookOutcome[],
  atMs: number,
): Steps<void> {
  const moved = new Set<string>();
  for (const outcome of outcomes) {
    const { sequence, eventType: type, result } = outcome;
    const message = outcome.messageId ?? ABOUT_ACCOUNT;
    if (result === 'waits') {
      yield* run(WAIT, { webhook, sequence, type, message });
      moved.add(message);
      continue;
    }
    const ended = result !== 'retry';
    const { attempt } = outcome;
    yield* run(PUT, {
      webhook,
      sequence,
      type,
      message,
      state: ended ? result : 'pending',
      attempts: outcome.attempts,
      next: ended ? undefined : Math.round(outcome.nextAttemptAtMs ?? atMs),
      first: rounded(outcome.firstAttemptAtMs),
      last: rounded(attempt?.atMs),
      code: attempt?.statusCode,
      error: attempt?.error,
      excerpt: attempt?.excerpt,
      duration: rounded(attempt?.durationMs),
      ended: ended ? Math.round(atMs) : undefined,
    });
    if (ended && outcome.wasRecorded) moved.add(message);
  }
  yield* startNext(webhook, moved, atMs);
}

/** Makes the first waiting event of each message due, unless one of them is due already. */
export function* startNext(webhook: number, messages: Iterable<string>, atMs: number): Steps<void> {
  for (const message of messages) yield* run(START_NEXT, { webhook, message, now: Math.round(atMs) });
}

/** Makes everything that waits for another try due now. */
export function* recoverDeliveries(webhook: number, atMs: number): Steps<void> {
  yield* run(RECOVER, { webhook, now: Math.round(atMs) });
}

/** Removes rows that ended before `beforeMs`, at most `limit`; resolves to their number. */
export function* removeEndedDeliveries(beforeMs: number, limit: number): Steps<number> {
  return yield* run(REMOVE_ENDED, { before: Math.round(beforeMs), limit });
}

/** Removes rows of one webhook in any state; resolves to their number. */
export function* removeSomeDeliveries(webhook: number, limit: number): Steps<number> {
  return yield* run(REMOVE_SOME, { webhook, limit });
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value);
}
