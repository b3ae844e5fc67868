/**
 * The body and id of a webhook request. The common fields come first, then the event's own, as in `relayctl events
 * --json` and the API: an event has the same JSON everywhere.
 */
import { eventJson } from '../api-json/event-json.ts';
import { timestamp } from '../api-json/timestamp.ts';
import { eventIdOf } from '../store/public-ids.ts';
import type { StoredEvent } from '../store/views.ts';
import { visibleJson } from '../platform/visible-text.ts';

/** `{"event", "message_id", "timestamp", "recipient", ...}` on one line. */
export function webhookBody(event: StoredEvent): string {
  const first = {
    event: event.type,
    message_id: event.messageId ?? null,
    timestamp: timestamp(event.atMs),
    recipient: event.recipient ?? null,
  };
  return visibleJson({ ...first, ...eventJson(event) });
}

/**
 * The same at every attempt for this event and webhook, so that a receiver can recognise duplicates; different for
 * every webhook, also of another relay. It contains no full stop, because the signed text joins its parts with them.
 */
export function webhookMessageId(webhookId: string, sequence: number): string {
  return `${eventIdOf(sequence)}_${webhookId.slice(webhookId.indexOf('_') + 1)}`;
}

/** The body of `webhook test`: a delivery that no receiver can mistake for a real one. */
export function testBody(webhookId: string, accountName: string, nowMs: number): string {
  return visibleJson({
    event: 'test',
    message_id: null,
    timestamp: timestamp(nowMs),
    recipient: null,
    id: null,
    delivery_id: null,
    account: accountName,
    stream: null,
    tags: [],
    metadata: {},
    webhook_id: webhookId,
    meaning: 'A test of this webhook: nothing has happened.',
  });
}
