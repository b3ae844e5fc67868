/**
 * Statistics as the command line and HTTP answer them, and the rates that follow from the counts. A delivery ended when
 * it was delivered, bounced or expired; one that was delivered and came back with a report ended as bounced.
 */
import { percentileMs } from '../store/delivery-times.ts';
import type { StatisticCounts, StatisticFigures, StatisticQuery, Statistics } from '../store/stats.ts';
import { timestamp } from './timestamp.ts';

/** Shares in 0 .. 1; `null` where there is nothing to divide by. */
export interface StatisticRates {
  /** Delivered and not come back, of those that ended. */
  readonly delivery: number | null;
  /** Hard and soft, of those that ended. */
  readonly bounce: number | null;
  readonly hardBounce: number | null;
  /** Of those delivered. */
  readonly complaint: number | null;
  /** Delivered without a deferral before, of those delivered. */
  readonly firstAttempt: number | null;
}

export function ratesOf(counts: StatisticCounts): StatisticRates {
  const { delivered, bouncedHard, bouncedSoft, returned, expired, complained, firstAttempt } = counts;
  const bounced = bouncedHard + bouncedSoft;
  // A report about mail of an earlier time has nothing here that it takes away from.
  const ended = Math.max(bounced, delivered - returned + bounced + expired);
  return {
    delivery: share(delivered - returned, ended),
    bounce: share(bounced, ended),
    hardBounce: share(bouncedHard, ended),
    complaint: share(complained, delivered),
    firstAttempt: share(firstAttempt, delivered),
  };
}

export interface DeliveryPercentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** From acceptance to delivery, in ms, each within 9.1 %; `null` when nothing was delivered. */
export function percentilesOf(times: StatisticFigures['times']): DeliveryPercentiles | null {
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((part) => percentileMs(times, part));
  return p50 === undefined || p90 === undefined || p99 === undefined ? null : { p50, p90, p99 };
}

export function figuresJson({ counts, times }: StatisticFigures) {
  const rates = ratesOf(counts);
  return {
    accepted: counts.accepted,
    delivered: counts.delivered,
    delivered_at_first_attempt: counts.firstAttempt,
    relayed: counts.relayed,
    deferred: counts.deferred,
    bounced: counts.bouncedHard + counts.bouncedSoft,
    bounced_hard: counts.bouncedHard,
    bounced_soft: counts.bouncedSoft,
    bounced_after_delivery: counts.returned,
    expired: counts.expired,
    suppressed: counts.suppressed,
    complained: counts.complained,
    unsubscribed: counts.unsubscribed,
    cancelled: counts.cancelled,
    opened: counts.opened,
    clicked: counts.clicked,
    delivery_rate: rates.delivery,
    bounce_rate: rates.bounce,
    hard_bounce_rate: rates.hardBounce,
    complaint_rate: rates.complaint,
    first_attempt_rate: rates.firstAttempt,
    time_to_deliver_ms: percentilesOf(times),
  };
}

export function statsJson(
  { span, group, of }: Pick<StatisticQuery, 'span' | 'group' | 'of'>,
  statistics: Statistics,
  accountName: string | undefined,
) {
  return {
    account: accountName ?? null,
    from: timestamp(statistics.fromMs),
    to: timestamp(statistics.toMs),
    by: span,
    group: group ?? null,
    only: of === undefined ? null : { group: of.group, name: of.name },
    total: figuresJson(statistics.total),
    periods: statistics.periods.map((period) => ({ at: timestamp(period.startMs), ...figuresJson(period) })),
    names: statistics.names.map((one) => ({
      name: one.name,
      title: one.title ?? null,
      ...figuresJson(one),
    })),
    more_names: statistics.moreNames,
  };
}

function share(part: number, whole: number): number | null {
  if (whole <= 0) return null;
  return Number(Math.min(1, Math.max(0, part / whole)).toFixed(6));
}
