/** What a recipient may change of what they get, by a link in a message. Pure. */
import { DAY_MS } from '../platform/time-units.ts';

/**
 * Unsubscribing works for as long as somebody has the message. Taking it back does for this long after: somebody who comes by an
 * old message later cannot subscribe its recipient again.
 */
export const RESUBSCRIBE_WITHIN_MS = 30 * DAY_MS;

/** `sinceMs`: when they unsubscribed. */
export function mayResubscribe(sinceMs: number | undefined, nowMs: number): boolean {
  return sinceMs !== undefined && sinceMs >= nowMs - RESUBSCRIBE_WITHIN_MS;
}
