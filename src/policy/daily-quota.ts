/**
 * Recipients a UTC day, as a counter. Pure: the caller keeps the states (one a credential) and brings the time. A clock that
 * is set back does not start a new day.
 */
import type { Taken } from '../platform/token-bucket.ts';
import { DAY_MS, dayOf } from '../platform/time-units.ts';

/** Used in the UTC day numbered `day` (days since the epoch). */
export interface QuotaState {
  readonly day: number;
  readonly used: number;
}

export interface QuotaRequest {
  readonly dailyQuota: number;
  readonly recipients: number;
  readonly nowMs: number;
}

/** Counts `recipients` towards the day's quota, all or none. The wait is the time to the next UTC midnight. */
export function takeQuota(
  state: QuotaState | undefined,
  { dailyQuota, recipients, nowMs }: QuotaRequest,
): Taken<QuotaState> {
  const today = dayOf(nowMs);
  const sameDay = state !== undefined && (state.day === today || state.day === today + 1);
  const current = sameDay ? state : { day: today, used: 0 };
  const used = current.used + recipients;
  if (used <= dailyQuota) return { state: { day: current.day, used }, retryAfterSeconds: undefined };
  const waitMs = (current.day + 1) * DAY_MS - nowMs;
  return { state: current, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) };
}
