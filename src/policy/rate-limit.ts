/**
 * How much a credential may send: messages a minute as a token bucket, recipients a UTC day as a counter. Pure state
 * transitions; the caller keeps the states (one a credential) and brings the time. A clock that is set back neither
 * refills a bucket nor starts a new day, and one that was far ahead for a while locks nobody out afterwards.
 */

/** Fractional tokens, below 0 a debt ({@link spend}), and the time up to which they were counted. */
export interface BucketState {
  readonly tokens: number;
  readonly atMs: number;
}

/** Used in the UTC day numbered `day` (days since the epoch). */
export interface QuotaState {
  readonly day: number;
  readonly used: number;
}

export type LimitDecision<State> =
  | { readonly allowed: true; readonly state: State }
  /** `state` is to be kept all the same. Whole seconds, at least 1, until the same request can succeed. */
  | { readonly allowed: false; readonly state: State; readonly retryAfterSeconds: number };

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Takes one message out of the bucket. It holds one minute's worth (at least one message), so a credential may send
 * its whole minute at once and then at the rate. `state` is `undefined` for a credential that was not seen before.
 */
export function takeToken(
  state: BucketState | undefined,
  limit: { readonly ratePerMinute: number; readonly nowMs: number },
): LimitDecision<BucketState> {
  const { ratePerMinute, nowMs } = limit;
  const tokens = tokensAt(state, limit);
  // Fractions add up with rounding errors; a hair below one token is one.
  if (tokens >= 1 - 1e-9) return { allowed: true, state: { tokens: Math.max(0, tokens - 1), atMs: nowMs } };
  const waitMs = ((1 - tokens) * MINUTE_MS) / ratePerMinute;
  // A rate of 0 never refills; an hour is a number that clients understand.
  const retryAfterSeconds = Number.isFinite(waitMs) ? Math.max(1, Math.ceil(waitMs / 1000 - 1e-6)) : 3600;
  return { allowed: false, state: { tokens, atMs: nowMs }, retryAfterSeconds };
}

/** Takes `amount` whatever there is, for what is known only when it has come: the rate pays off the debt. */
export function spend(
  state: BucketState | undefined,
  amount: number,
  limit: { readonly ratePerMinute: number; readonly nowMs: number },
): BucketState {
  return { tokens: tokensAt(state, limit) - amount, atMs: limit.nowMs };
}

function tokensAt(
  state: BucketState | undefined,
  { ratePerMinute, nowMs }: { readonly ratePerMinute: number; readonly nowMs: number },
): number {
  const capacity = Math.max(1, ratePerMinute);
  const elapsedMs = state === undefined ? 0 : Math.max(0, nowMs - state.atMs);
  return Math.min(capacity, (state?.tokens ?? capacity) + (elapsedMs * ratePerMinute) / MINUTE_MS);
}

/** Counts `recipients` towards the day's quota, all or none. The wait is the time to the next UTC midnight. */
export function takeQuota(
  state: QuotaState | undefined,
  limit: { readonly dailyQuota: number; readonly recipients: number; readonly nowMs: number },
): LimitDecision<QuotaState> {
  const { dailyQuota, recipients, nowMs } = limit;
  const today = Math.floor(nowMs / DAY_MS);
  const sameDay = state !== undefined && (state.day === today || state.day === today + 1);
  const current = sameDay ? state : { day: today, used: 0 };
  const used = current.used + recipients;
  if (used <= dailyQuota) return { allowed: true, state: { day: current.day, used } };
  const waitMs = (current.day + 1) * DAY_MS - nowMs;
  return { allowed: false, state: current, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) };
}
