/** The only way to write an event of a delivery: it is appended to the log and counted in the statistics together. */
import type { DeliveryEvent } from '../../flow/subject.ts';
import type { Events } from '../events/events.ts';
import type { Statistics } from '../statistics/statistics.ts';

/** Returns its sequence. Inside a transaction. */
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
