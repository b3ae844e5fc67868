/**
 * An event as the command line and HTTP answer it: its own facts beside the fixed keys, which win. What an event about an
 * account has not (a message, a recipient) is `null`.
 */
import { eventIdOf } from '../store/public-ids.ts';
import type { EventData } from '../store/message-records.ts';
import type { StoredEvent } from '../store/views.ts';
import { timestamp } from './timestamp.ts';

export function eventJson(event: StoredEvent) {
  return {
    id: eventIdOf(event.sequence),
    event: event.type,
    message_id: event.messageId ?? null,
    delivery_id: event.deliveryId ?? null,
    recipient: event.recipient ?? null,
    timestamp: timestamp(event.atMs),
    account: event.accountName,
    stream: event.stream ?? null,
    tags: event.tags,
    metadata: event.metadata,
    ...replyCode(event.data),
    ...withoutFixedKeys(event.data),
  };
}

/** The reply's code beside its text, where a server replied. RFC 5321 §4.2. */
function replyCode({ reply }: EventData): { readonly code?: number } {
  const code = typeof reply === 'string' ? /^([2-5]\d\d)(?: |$)/.exec(reply)?.[1] : undefined;
  return code === undefined ? {} : { code: Number(code) };
}

const FIXED: readonly string[] = [
  'id',
  'event',
  'message_id',
  'delivery_id',
  'recipient',
  'timestamp',
  'account',
  'stream',
  'tags',
  'metadata',
];

function withoutFixedKeys(data: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !FIXED.includes(key)));
}
