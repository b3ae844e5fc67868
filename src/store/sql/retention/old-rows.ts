/**
 * Rows that expire by age alone, a few hundred of each kind in a step. Rows that are removed with their message are each
 * engine's own.
 */
import { dayOf, WARM_UP_HISTORY_DAYS } from '../../../policy/egress/warm-up.ts';
import { IDEMPOTENCY_MS } from '../../idempotency.ts';
import type { RetentionAges } from '../../retention.ts';
import { eraseTextBefore } from '../audit/audit-log.ts';
import { FIRST_EVENT } from '../events/event-ends.ts';
import { removeMisfitsBefore } from '../directory/streams.ts';
import { removeOldUsage } from '../directory/usage.ts';
import { removeSourceDaysBefore } from '../egress/source-days.ts';
import { removeSourceLimitsBefore } from '../egress/source-limits.ts';
import { removeServerEventsBefore } from '../findings/server-events.ts';
import { removeRefusedBefore } from '../refusals/refused-messages.ts';
import { removeReportsBefore } from '../reports/unverified-reports.ts';
import { removeSlotsBefore } from '../shaping/windows.ts';
import { statement } from '../statement.ts';
import { removeOldHealthHours } from '../statistics/health-hours.ts';
import type { StatisticsSweep } from '../statistics/old-statistics.ts';
import { one, run, type Steps } from '../steps.ts';
import { removeEndedDeliveries } from '../webhooks/webhook-log.ts';

const DAY_MS = 86_400_000;
const ROWS_A_STEP = 500;
const KEEP_STATISTICS_MS = 730 * DAY_MS;
const KEEP_REPORTS_MS = 7 * DAY_MS;
const KEEP_REFUSED_MS = DAY_MS;
/** How long a limit of a source that is over is kept for the next one. */
const KEEP_SOURCE_LIMITS_MS = 30 * DAY_MS;
/** Of the longest window, with some room for a clock that was set forward and back. */
const KEEP_SLOTS_MS = 3 * DAY_MS;
/** How mail did not fit its stream, since the last time. */
const KEEP_MISFITS_MS = 30 * DAY_MS;
/** A run of soft bounces without a new one for this long is removed. */
const KEEP_RUNS_MS = 180 * DAY_MS;

const EVENTS = statement<{ first: number; end: number; before: number }>(
  'DELETE FROM event WHERE sequence >= :first AND sequence < :end AND at < :before',
);
const WITHHOLDINGS = statement<{ now: number }>(
  'UPDATE destination SET withholds_until = NULL WHERE withholds_until <= :now',
);
const SUPPRESSIONS = statement<{ now: number; limit: number }>(
  ({ indexedBy }) => `DELETE FROM suppression WHERE (account_id, address, scope, reason) IN
   (SELECT account_id, address, scope, reason FROM suppression ${indexedBy('suppression_expires')}
    WHERE expires_at <= :now LIMIT :limit)`,
);
const SOFT_BOUNCES = statement<{ before: number; limit: number }>(
  ({ indexedBy }) => `DELETE FROM soft_bounce WHERE (account_id, address) IN
   (SELECT account_id, address FROM soft_bounce ${indexedBy('soft_bounce_last')} WHERE last_at < :before LIMIT :limit)`,
);
const MARKS = statement<{ before: number; limit: number }>(
  ({ indexedBy }) => `DELETE FROM idempotency WHERE (credential_id, key) IN
   (SELECT credential_id, key FROM idempotency ${indexedBy('idempotency_created')}
    WHERE created_at <= :before ORDER BY created_at LIMIT :limit)`,
);

/** Removes some of the oldest events that are older than `beforeMs`; resolves to the number removed. */
export function* removeOldEvents(beforeMs: number): Steps<number> {
  const first = (yield* one(FIRST_EVENT, {}))?.sequence ?? undefined;
  if (first === undefined) return 0;
  return yield* run(EVENTS, { first, end: first + ROWS_A_STEP, before: Math.round(beforeMs) });
}

/** Removes all other kinds; resolves to the number of rows. `statistics`: progress in the statistics. */
export function* removeOldRows(
  nowMs: number,
  ages: RetentionAges,
  statistics: StatisticsSweep,
): Steps<number> {
  const now = Math.round(nowMs);
  const limit = ROWS_A_STEP;
  yield* run(WITHHOLDINGS, { now });
  return (
    (yield* run(SUPPRESSIONS, { now, limit })) +
    (yield* removeOldUsage(nowMs, limit)) +
    (yield* run(SOFT_BOUNCES, { before: now - KEEP_RUNS_MS, limit })) +
    (yield* run(MARKS, { before: now - IDEMPOTENCY_MS, limit })) +
    (yield* removeOldHealthHours(nowMs)) +
    (yield* statistics.step(nowMs, ages.statisticsMs ?? KEEP_STATISTICS_MS)) +
    (yield* eraseTextBefore(nowMs - ages.eventsMs, limit)) +
    (yield* removeServerEventsBefore(nowMs - ages.eventsMs, limit)) +
    (yield* removeSourceDaysBefore(dayOf(nowMs) - WARM_UP_HISTORY_DAYS)) +
    (yield* removeSourceLimitsBefore(nowMs - KEEP_SOURCE_LIMITS_MS)) +
    (yield* removeSlotsBefore(nowMs - KEEP_SLOTS_MS)) +
    (yield* removeMisfitsBefore(nowMs - KEEP_MISFITS_MS)) +
    (yield* removeReportsBefore(nowMs - (ages.reportsMs ?? KEEP_REPORTS_MS), nowMs)) +
    (yield* removeRefusedBefore(nowMs - (ages.refusedMs ?? KEEP_REFUSED_MS))) +
    (yield* removeEndedDeliveries(nowMs - ages.metadataMs, limit))
  );
}
