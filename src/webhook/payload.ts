/**
 * The body of a webhook and its id. The fields that everybody needs come first; beside them stand the event's own facts, as
 * `relayctl events --json` and the API show them: one shape of an event wherever it is seen.
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
 * The same whenever this event is told to this webhook, so that a receiver knows what it has had; different for every
 * webhook, also of another relay. No full stop in it: the signature joins with them.
 */
export function webhookMessageId(webhookId: string, sequence: number): string {
  return `${eventIdOf(sequence)}_${webhookId.slice(webhookId.indexOf('_') + 1)}`;
}

/** What `webhook test` sends: a made-up delivery that no receiver can take for a real one. */
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
