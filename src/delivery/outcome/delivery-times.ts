/** Delivery times for /metrics: until the first attempt, at a host, until delivery. */
import {
  DIALOGUE_SECONDS,
  Histogram,
  WAIT_SECONDS,
  type HistogramFigures,
} from '../../platform/histogram.ts';
import type { Settlement } from '../../store/delivery-records.ts';
import type { Attempt } from '../attempt/attempt.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import { startedAtMs } from './settlement.ts';

export interface DeliveryTimesFigures {
  /** Of a delivery: from its acceptance (or its send_at) until a host has taken it. */
  readonly deliverySeconds: HistogramFigures;
  /** The same, until its first attempt began. */
  readonly waitSeconds: HistogramFigures;
  /** Of one transaction with a host. */
  readonly attemptSeconds: HistogramFigures;
}

export class DeliveryTimes {
  readonly #delivery = new Histogram(WAIT_SECONDS);
  readonly #wait = new Histogram(WAIT_SECONDS);
  readonly #attempt = new Histogram(DIALOGUE_SECONDS);

  tried({ facts, deliveries, round }: QueueEntry, { atMs, durationMs }: Attempt): void {
    this.#attempt.observe(durationMs / 1000);
    if (round !== undefined) return;
    const waitedSeconds = (atMs - startedAtMs(facts)) / 1000;
    for (const { attempts } of deliveries) if (attempts === 0) this.#wait.observe(waitedSeconds);
  }

  settled({ facts }: Pick<QueueEntry, 'facts'>, settlements: readonly Settlement[]): void {
    for (const { state, event } of settlements)
      if (state === 'delivered' && event !== undefined)
        this.#delivery.observe((event.atMs - startedAtMs(facts)) / 1000);
  }

  figures(): DeliveryTimesFigures {
    return {
      deliverySeconds: this.#delivery.figures(),
      waitSeconds: this.#wait.figures(),
      attemptSeconds: this.#attempt.figures(),
    };
  }
}
