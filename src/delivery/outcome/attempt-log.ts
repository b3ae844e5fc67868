/**
 * One log line an attempt, with the message id, the host and its reply, running totals for `stats`, and times. Never
 * content. The fields are computed only when the line is written.
 */
import type { Log } from '../../platform/log.ts';
import type { AttemptRecord, Settlement } from '../../store/delivery-records.ts';
import type { Attempt } from '../attempt/attempt.ts';
import { DeliveryTimes } from './delivery-times.ts';
import type { DeliveryTrace } from './delivery-trace.ts';
import type { AttemptOutcome } from './attempt-outcome.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';

export interface DeliveryTotals {
  /** Transactions tried. */
  attempts: number;
  delivered: number;
  deferred: number;
  bounced: number;
  expired: number;
  suppressed: number;
  /** By a route. */
  held: number;
  cancelled: number;
  /** Released untried, since their destination failed as a whole. */
  released: number;
}

export class AttemptLog {
  readonly #log: Log;
  readonly times = new DeliveryTimes();
  readonly trace: DeliveryTrace | undefined;
  readonly totals: DeliveryTotals = {
    attempts: 0,
    delivered: 0,
    deferred: 0,
    bounced: 0,
    expired: 0,
    suppressed: 0,
    released: 0,
    held: 0,
    cancelled: 0,
  };

  /** `trace`: `undefined` where nothing is traced. */
  constructor(log: Log, trace?: DeliveryTrace) {
    this.#log = log;
    this.trace = trace;
  }

  tried(entry: QueueEntry, attempt: Attempt, outcome: AttemptOutcome): void {
    this.totals.attempts++;
    this.times.tried(entry, attempt);
    this.trace?.tried(entry, attempt, outcome);
    if (!this.#log.enabled('info')) return;
    this.#log.info('attempt', {
      ...facts(entry, outcome),
      host: attempt.remote.host,
      address: attempt.remote.address,
      tls: attempt.tls,
      tls_failure: attempt.tlsFailure,
      route: attempt.way.route,
      source: attempt.way.source,
      duration_ms: attempt.durationMs,
    });
  }

  /** It came to no transaction: no way there, no host that takes a connection, or no time left. */
  untried(entry: QueueEntry, outcome: AttemptOutcome): void {
    if (this.#log.enabled('info')) this.#log.info('attempt', facts(entry, outcome));
  }

  settled(entry: QueueEntry, settlements: readonly Settlement[]): void {
    const { totals } = this;
    this.times.settled(entry, settlements);
    for (const { state, attempts, event } of settlements) {
      if (state === 'queued' || (state === 'deferred' && attempts.length === 0 && event === undefined))
        totals.released++;
      else totals[state]++;
    }
  }
}

function facts(entry: QueueEntry, { settlements, again, onward }: AttemptOutcome) {
  const [first, ...others] = settlements;
  const last = (settlements.at(-1)?.attempts ?? [...onward.values()].at(-1)?.tried.records)?.at(-1);
  // Where the destination failed as a whole, its try is kept with it and not here.
  const event = settlements.at(-1)?.event?.data;
  return {
    message: entry.facts.id,
    destination: entry.destination.name,
    recipient: entry.deliveries.length === 1 ? entry.deliveries[0]?.recipient : undefined,
    recipients: entry.deliveries.length,
    state:
      others.length === 0
        ? (first?.state ?? '')
        : [...new Set(settlements.map(({ state }) => state))].join(','),
    again: again.length + onward.size > 0 ? again.length + onward.size : undefined,
    stage: last?.stage,
    reply: last === undefined ? event?.['reply'] : textOf(last),
    class: event?.['class'] === 'delivered' ? undefined : event?.['class'],
  };
}

function textOf({ replyCode, status, text }: AttemptRecord): string {
  return [replyCode, status, text].filter((part) => part !== undefined).join(' ');
}
