/**
 * Token buckets for rate limits. Pure state transitions; the caller keeps the state and passes the time. A clock that
 * is set back refills nothing, and one that was ahead for a while blocks nobody afterwards.
 */
import { MINUTE_MS } from './time-units.ts';

/** Fractional tokens, negative for a debt ({@link spend}), and the time up to which they were counted. */
export interface BucketState {
  readonly tokens: number;
  readonly atMs: number;
}

export interface Taken<State> {
  /** To be kept, also of what was not granted. */
  readonly state: State;
  /** `undefined`: granted. Else whole seconds, at least 1, until the same request can succeed. */
  readonly retryAfterSeconds: number | undefined;
}

export interface BucketLimit {
  readonly ratePerMinute: number;
  /** The largest burst. Default: one minute's worth, at least one. */
  readonly capacity?: number;
  readonly nowMs: number;
}

/**
 * Takes `amount` tokens, all or none. `undefined` is a new bucket, which is full. An amount that no bucket holds is taken from a
 * full one, which is in debt afterwards.
 */
export function takeToken(
  state: BucketState | undefined,
  limit: BucketLimit,
  amount = 1,
): Taken<BucketState> {
  const { ratePerMinute, capacity = Math.max(1, ratePerMinute), nowMs } = limit;
  const tokens = tokensAt(state, limit);
  const needed = Math.min(amount, capacity);
  // Rounding errors of fractions: a hair below is enough.
  if (tokens >= needed - 1e-9) {
    const left = tokens - amount;
    return {
      state: { tokens: left < 0 && left > -1e-6 ? 0 : left, atMs: nowMs },
      retryAfterSeconds: undefined,
    };
  }
  const waitMs = ((needed - tokens) * MINUTE_MS) / ratePerMinute;
  // A rate of 0 never refills; clients understand an hour.
  const retryAfterSeconds = Number.isFinite(waitMs) ? Math.max(1, Math.ceil(waitMs / 1000 - 1e-6)) : 3600;
  return { state: { tokens, atMs: nowMs }, retryAfterSeconds };
}

/** Takes `amount` unconditionally, for amounts known only afterwards: the rate pays off the debt. */
export function spend(state: BucketState | undefined, amount: number, limit: BucketLimit): BucketState {
  return { tokens: tokensAt(state, limit) - amount, atMs: limit.nowMs };
}

/** Tokens at `nowMs`; negative is a debt. */
export function tokensAt(
  state: BucketState | undefined,
  { ratePerMinute, capacity = Math.max(1, ratePerMinute), nowMs }: BucketLimit,
): number {
  const elapsedMs = state === undefined ? 0 : Math.max(0, nowMs - state.atMs);
  return Math.min(capacity, (state?.tokens ?? capacity) + (elapsedMs * ratePerMinute) / MINUTE_MS);
}
