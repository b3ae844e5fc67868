/** Delivery: how long mail takes, and what is under way. */
import type { DeliveryStats } from '../../delivery/delivery-service.ts';
import { histogram, metric } from './exposition.ts';

/** `stats`: `undefined` until the thread of delivery has answered once. */
export function deliveryMetrics(stats: DeliveryStats | undefined): readonly string[] {
  if (stats === undefined) return [];
  const { times, totals, claimed, unwritten, connections, idleConnections } = stats;
  return [
    histogram(
      'postern_delivery_seconds',
      'From the acceptance of a message, or its send_at, until a host has taken a delivery of it',
      [[{}, times.deliverySeconds]],
    ),
    histogram(
      'postern_queue_wait_seconds',
      'From the acceptance of a message, or its send_at, until the first attempt of a delivery begins',
      [[{}, times.waitSeconds]],
    ),
    histogram('postern_attempt_seconds', 'One transaction with a host of the recipient', [
      [{}, times.attemptSeconds],
    ]),
    metric('postern_attempts_total', 'counter', 'Transactions with hosts of recipients', [
      [{}, totals.attempts],
    ]),
    metric('postern_delivery_in_hand', 'gauge', 'Deliveries that are claimed and not settled', [
      [{}, claimed],
    ]),
    metric('postern_delivery_unwritten', 'gauge', 'Outcomes that the store has not written yet', [
      [{}, unwritten],
    ]),
    metric('postern_delivery_connections', 'gauge', 'Connections to hosts of recipients', [
      [{ state: 'busy' }, Math.max(0, connections - idleConnections)],
      [{ state: 'idle' }, idleConnections],
    ]),
  ];
}
