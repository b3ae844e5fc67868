/** The queue as `--json` and the dashboard have it. The keys are part of the contract. */
import type { DestinationView, QueueSummary } from '../store/views.ts';
import { timestamp } from './timestamp.ts';

export function queueJson(summary: QueueSummary) {
  const { scheduled, queued, deferred, held, oldestAtMs, destinations } = summary;
  return {
    scheduled,
    queued,
    deferred,
    held,
    oldest_at: timestamp(oldestAtMs),
    destinations: destinations.map(destinationJson),
  };
}

export function destinationJson(destination: DestinationView) {
  return {
    destination: destination.name,
    ...destination.counts,
    next_due_at: timestamp(destination.nextDueAtMs),
    blocked_until: timestamp(destination.blockedUntilMs),
    suspended: destination.suspended,
    failures: destination.failures,
    waits_for: destination.waitsFor ?? null,
    last_error: destination.lastError ?? null,
    withholds_suppressions_until: timestamp(destination.withholdsUntilMs),
  };
}
