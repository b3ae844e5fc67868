/** The outcome of an event at a webhook, as it is recorded. */
import type { Log } from '../platform/log.ts';
import type { StoredEvent } from '../store/views.ts';
import type { WebhookAttempt, WebhookDelivery, WebhookOutcome } from '../store/webhooks.ts';
import type { QueuedEvent } from './ordered-queues.ts';
import type { Answer, Verdict } from './response.ts';

/** Not sent: an earlier event of its message has not ended. */
export function waitingOutcome({ sequence, type, messageId }: StoredEvent): WebhookOutcome {
  return {
    sequence,
    eventType: type,
    messageId,
    result: 'waits',
    attempts: 0,
    firstAttemptAtMs: undefined,
    nextAttemptAtMs: undefined,
    attempt: undefined,
    wasRecorded: false,
  };
}

/** Retention removed the event before it was delivered. */
export function missingEventOutcome(row: WebhookDelivery, nowMs: number): WebhookOutcome {
  const { sequence, eventType, messageId, attempts, firstAttemptAtMs } = row;
  return {
    sequence,
    eventType,
    messageId,
    result: 'failed',
    attempts,
    firstAttemptAtMs,
    nextAttemptAtMs: undefined,
    attempt: {
      atMs: nowMs,
      durationMs: 0,
      statusCode: undefined,
      error: 'the event was removed (retention.events)',
      excerpt: undefined,
    },
    wasRecorded: true,
  };
}

export function attemptOf(
  answer: Answer,
  verdict: Verdict,
  { atMs, durationMs }: { readonly atMs: number; readonly durationMs: number },
): WebhookAttempt {
  const answered = answer.kind === 'answered' ? answer : undefined;
  return {
    atMs,
    durationMs,
    statusCode: answered?.statusCode,
    error: verdict.kind === 'delivered' ? undefined : verdict.error,
    excerpt: answered?.excerpt,
  };
}

/** `nextAttemptAtMs` after a failure; `undefined`: the event is given up. */
export function attemptOutcome(
  { event, attempts, firstAttemptAtMs, wasRecorded }: QueuedEvent,
  verdict: Verdict,
  attempt: WebhookAttempt,
  nextAttemptAtMs: number | undefined,
): WebhookOutcome {
  return {
    sequence: event.sequence,
    eventType: event.type,
    messageId: event.messageId,
    result: verdict.kind === 'delivered' ? 'delivered' : nextAttemptAtMs === undefined ? 'failed' : 'retry',
    attempts: attempts + 1,
    firstAttemptAtMs: firstAttemptAtMs ?? attempt.atMs,
    nextAttemptAtMs,
    attempt,
    wasRecorded,
  };
}

/** One line an attempt, without URL and response: they may contain secrets of the receiver. */
export function logOutcome(log: Log, webhook: string, outcome: WebhookOutcome): void {
  const { result, attempt, nextAttemptAtMs: next } = outcome;
  const level = result === 'delivered' ? 'debug' : 'info';
  if (!log.enabled(level)) return;
  log[level]('webhook', {
    webhook,
    sequence: outcome.sequence,
    type: outcome.eventType,
    result,
    status: attempt?.statusCode,
    error: attempt?.error,
    attempts: outcome.attempts,
    next_attempt_at: next === undefined ? undefined : new Date(next).toISOString(),
    duration_ms: Math.round(attempt?.durationMs ?? 0),
  });
}
