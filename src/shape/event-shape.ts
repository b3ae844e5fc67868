/** An event as `--json` prints it: its own facts beside the fixed keys, which win. */
import { eventIdOf } from '../store/public-ids.ts';
import type { StoredEvent } from '../store/records.ts';
import { timestamp } from './timestamp.ts';

export function eventShape(event: StoredEvent): object {
  return {
    id: eventIdOf(event.sequence),
    event: event.type,
    message_id: event.messageId,
    delivery_id: event.deliveryId,
    recipient: event.recipient,
    timestamp: timestamp(event.atMs),
    account: event.accountName,
    stream: event.stream,
    tags: event.tags,
    ...withoutFixedKeys(event.data),
  };
}

const FIXED = [
  'id',
  'event',
  'message_id',
  'delivery_id',
  'recipient',
  'timestamp',
  'account',
  'stream',
  'tags',
];

function withoutFixedKeys(data: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !FIXED.includes(key)));
}
