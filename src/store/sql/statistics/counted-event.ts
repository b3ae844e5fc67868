/**
 * How an event of a delivery counts in the statistics. Counts are collected in memory during a transaction
 * (statistic-delta.ts), so they are in the commit of their events.
 */
import type { EventType } from '../../../policy/delivery-state.ts';
import { stepOf } from '../../delivery-times.ts';
import type { EventData } from '../../message-records.ts';
import { STATISTIC_COUNTS, type StatisticCount } from '../../stats.ts';
import { HOUR_MS } from './hours.ts';
import { addTo, type StatisticDelta, type StatisticSource } from './statistic-delta.ts';

const RETURNED = STATISTIC_COUNTS.indexOf('returned');
const FIRST_ATTEMPT = STATISTIC_COUNTS.indexOf('firstAttempt');
const RELAYED = STATISTIC_COUNTS.indexOf('relayed');

/** One event, as far as it is counted. */
export interface CountedEvent {
  readonly type: EventType;
  readonly atMs: number;
  readonly data: EventData | undefined;
  /** For `delivered`: the earliest possible time of delivery, and whether it was deferred before. */
  readonly since?: { readonly startedAtMs: number; readonly deferred: boolean } | undefined;
}

/** `undefined`: not counted. A report about a delivery that was delivered already does not count it again. */
function countOf(type: EventType, data: EventData | undefined): StatisticCount | undefined {
  if (type === 'bounced') return data?.['hard'] === true ? 'bouncedHard' : 'bouncedSoft';
  return (type === 'delivered' || type === 'deferred') && data?.['via'] === 'report' ? undefined : type;
}

/** An additional count, or -1. */
function besideOf({ type, data, since }: CountedEvent): number {
  if (type === 'bounced' && data?.['via'] === 'report') return RETURNED;
  return type === 'delivered' && since?.deferred === false ? FIRST_ATTEMPT : -1;
}

/** Adds `event` to `delta`; returns its undo step, or `undefined` when the event is not counted. */
export function countEvent(
  delta: StatisticDelta,
  source: StatisticSource,
  destination: string,
  event: CountedEvent,
): (() => void) | undefined {
  const { type, atMs, data, since } = event;
  const count = countOf(type, data);
  if (count === undefined) return undefined;
  const { counts, times } = delta.tally(source, Math.floor(atMs / HOUR_MS), destination);
  const index = STATISTIC_COUNTS.indexOf(count);
  const beside = besideOf(event);
  const step = type === 'delivered' && since !== undefined ? stepOf(atMs - since.startedAtMs) : -1;
  const relayed = type === 'delivered' && data?.['hop'] === 'relay';
  const add = (change: number) => {
    addTo(counts, index, change);
    if (relayed) addTo(counts, RELAYED, change);
    if (beside !== -1) addTo(counts, beside, change);
    if (step !== -1) addTo(times, step, change);
  };
  add(1);
  return () => add(-1);
}
