/** What an event of a delivery counts as in the statistics. */
import type { EventType } from '../../../policy/delivery-state.ts';
import type { EventData } from '../../message-records.ts';
import { STATISTIC_COUNTS, type StatisticCount } from '../../stats.ts';

const RETURNED = STATISTIC_COUNTS.indexOf('returned');
const FIRST_ATTEMPT = STATISTIC_COUNTS.indexOf('firstAttempt');

/** One event, as far as it is counted. */
export interface CountedEvent {
  readonly type: EventType;
  readonly atMs: number;
  readonly data: EventData | undefined;
  /** For `delivered`: since when it could have been, and whether it was put off before. */
  readonly since?: { readonly startedAtMs: number; readonly deferred: boolean } | undefined;
}

/** `undefined`: it is not counted. What a report says of a delivery that is delivered already is no second one. */
export function countOf(type: EventType, data: EventData | undefined): StatisticCount | undefined {
  if (type === 'bounced') return data?.['hard'] === true ? 'bouncedHard' : 'bouncedSoft';
  return (type === 'delivered' || type === 'deferred') && data?.['via'] === 'report' ? undefined : type;
}

/** What is counted beside it, or -1. */
export function besideOf({ type, data, since }: CountedEvent): number {
  if (type === 'bounced' && data?.['via'] === 'report') return RETURNED;
  return type === 'delivered' && since?.deferred === false ? FIRST_ATTEMPT : -1;
}
