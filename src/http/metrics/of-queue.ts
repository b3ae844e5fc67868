/** The queue: deliveries that are not settled, and, where the operator wants names, its largest destinations. */
import type { QueueSummary } from '../../store/views.ts';
import { metric, type Sample } from './exposition.ts';

/** Destinations with a line of their own. */
const NAMED = 50;

/** `named`: with `metrics.destinations`. */
export function queueMetrics(queue: QueueSummary, nowMs: number, named: boolean): readonly string[] {
  const { scheduled, queued, deferred, held, oldestAtMs, destinations } = queue;
  return [
    metric('postern_queue_deliveries', 'gauge', 'Deliveries that are not settled', [
      [{ state: 'scheduled' }, scheduled],
      [{ state: 'queued' }, queued],
      [{ state: 'deferred' }, deferred],
      [{ state: 'held' }, held],
    ]),
    metric('postern_queue_destinations', 'gauge', 'Destinations with deliveries that wait (at most 1000)', [
      [{}, destinations.length],
    ]),
    metric('postern_queue_destinations_blocked', 'gauge', 'Destinations that failed as a whole', [
      [{}, destinations.filter(({ blockedUntilMs }) => blockedUntilMs !== undefined).length],
    ]),
    metric('postern_queue_oldest_seconds', 'gauge', 'Age of the oldest message that is not settled', [
      [{}, oldestAtMs === undefined ? 0 : Math.max(0, (nowMs - oldestAtMs) / 1000)],
    ]),
    metric(
      'postern_destination_deferred',
      'gauge',
      'Deferred deliveries of the fifty destinations with most; only with metrics.destinations',
      named ? largest(destinations) : [],
    ),
  ];
}

function largest(destinations: QueueSummary['destinations']): Sample[] {
  return destinations
    .filter(({ counts }) => counts.deferred > 0)
    .sort((one, other) => other.counts.deferred - one.counts.deferred)
    .slice(0, NAMED)
    .map(({ name, counts }) => [{ destination: name }, counts.deferred]);
}
