/**
 * The one way in which an event of a delivery is written: appended to the log and counted in the statistics, so that
 * neither is without the other.
 */
import type { EventType } from '../../../policy/delivery-state.ts';
import type { CountedMessage, EventSubject } from '../../flow/subject.ts';
import type { EventData } from '../../message-records.ts';
import type { Events } from '../events/events.ts';
import type { Statistics } from '../statistics/statistics.ts';

export interface DeliveryEvent {
  readonly type: EventType;
  readonly atMs: number;
  readonly subject: EventSubject;
  readonly counted: CountedMessage | undefined;
  /** Counts a message's recipients from 1. */
  readonly number: number;
  readonly recipient: string;
  readonly destination: string;
  readonly data: EventData | undefined;
  /** The delivery had been put off before. Matters for `delivered`. */
  readonly deferred?: boolean;
}

/** Its sequence. Inside a transaction. */
export function recordDeliveryEvent(
  { events, statistics }: { readonly events: Events; readonly statistics: Statistics },
  event: DeliveryEvent,
): number {
  const { type, atMs, subject, counted, number, recipient, destination, data, deferred = true } = event;
  if (counted !== undefined) {
    const { accountKey, stream, tags } = subject;
    const { domain, credential, startedAtMs } = counted;
    const source = { accountKey, domain, stream, tags, credential };
    statistics.count(source, destination, { type, atMs, data, since: { startedAtMs, deferred } });
  }
  return events.append(type, atMs, subject, number, recipient, data);
}
