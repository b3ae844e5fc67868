/**
 * Limits by the second and the minute: token buckets in memory, or leased from the store where nodes share them
 * (shared-rates.ts). Several are taken together: all or none.
 */
import { BoundedTable } from '../platform/bounded-table.ts';
import { spend, takeToken, tokensAt, type BucketState } from '../platform/token-bucket.ts';
import {
  LIMIT_FACTS,
  USAGE_LIMITS,
  type Counted,
  type UsageHolder,
  type UsageLimitName,
} from '../policy/usage-limits.ts';
import { StoreError } from '../store/errors.ts';
import type { SharedRates } from './shared-rates.ts';
import { atLimit, LIMITS_UNKNOWN, type LimitRefusal } from './usage-refusals.ts';

const MINUTE_SECONDS = 60;
const BUCKETS = 50_000;
/** A limit of nothing at all. */
const NEVER_SECONDS = 3_600;

type Answer = LimitRefusal | undefined;

/** One limit of one holder, as a bucket. */
export interface Rate {
  readonly holder: UsageHolder;
  readonly limit: UsageLimitName;
  readonly name: string;
  readonly most: number;
  readonly ratePerMinute: number;
  readonly capacity: number;
}

/** The rates of `holders` that count `counts`. */
export function ratesOf(holders: readonly UsageHolder[], counts: Counted): readonly Rate[] {
  return holders.flatMap((holder) =>
    USAGE_LIMITS.flatMap((limit) => {
      const most = holder.limits[limit];
      const facts = LIMIT_FACTS[limit];
      if (most === undefined || facts.counts !== counts || facts.seconds > MINUTE_SECONDS) return [];
      const ofMinute = limit === 'messages_per_minute' && holder.kind === 'credential';
      return [
        {
          holder,
          limit,
          name: `${holder.kind} ${holder.id}${ofMinute ? '' : ` ${limit}`}`,
          most,
          ratePerMinute: (most * MINUTE_SECONDS) / facts.seconds,
          capacity: Math.max(1, most),
        },
      ];
    }),
  );
}

export class UsageRates {
  readonly #buckets = new BoundedTable<BucketState>(BUCKETS);
  readonly #shared: SharedRates | undefined;

  constructor(shared: SharedRates | undefined) {
    this.#shared = shared;
  }

  /** Takes `amount` of each. */
  take(rates: readonly Rate[], amount: number, nowMs: number): Answer | Promise<Answer> {
    if (rates.length === 0) return undefined;
    const closed = rates.find(({ most }) => most === 0);
    if (closed !== undefined) return atLimit(closed.holder, closed.limit, NEVER_SECONDS);
    if (this.#shared !== undefined) return this.#takeShared(this.#shared, rates, amount, nowMs);
    const refusal = this.lacking(rates, amount, nowMs);
    if (refusal === undefined) this.#spend(rates, amount, nowMs);
    return refusal;
  }

  /** The refusal of `amount`, as far as it is known here. Takes nothing. */
  lacking(rates: readonly Rate[], amount: number, nowMs: number): Answer {
    for (const { holder, limit, name, ...bucket } of rates) {
      const { retryAfterSeconds } = takeToken(this.#buckets.get(name), { ...bucket, nowMs }, amount);
      if (retryAfterSeconds !== undefined) return atLimit(holder, limit, retryAfterSeconds);
    }
    return undefined;
  }

  giveBack(rates: readonly Rate[], amount: number, nowMs: number): void {
    this.#spend(rates, -amount, nowMs);
    for (const { name } of rates) this.#shared?.giveBack(name, amount);
  }

  /** Whole tokens that are left, and the seconds until the bucket is full. */
  standing(
    { name, ...bucket }: Rate,
    nowMs: number,
  ): { readonly remaining: number; readonly resetSeconds: number } {
    const { most, ratePerMinute } = bucket;
    const tokens = Math.min(most, tokensAt(this.#buckets.get(name), { ...bucket, nowMs }));
    const missing = most - tokens;
    const resetSeconds =
      ratePerMinute === 0 ? MINUTE_SECONDS : Math.ceil((missing * MINUTE_SECONDS) / ratePerMinute);
    return { remaining: Math.max(0, Math.floor(tokens)), resetSeconds };
  }

  /** Where nodes share a bucket, what this node took is counted here to show what is left: others may have taken more. */
  #spend(rates: readonly Rate[], amount: number, nowMs: number): void {
    for (const { name, ...bucket } of rates) {
      const { tokens, atMs } = spend(this.#buckets.get(name), amount, { ...bucket, nowMs });
      this.#buckets.set(name, { tokens: Math.min(bucket.capacity, tokens), atMs });
    }
  }

  async #takeShared(
    shared: SharedRates,
    rates: readonly Rate[],
    amount: number,
    nowMs: number,
  ): Promise<Answer> {
    const taken: Rate[] = [];
    try {
      for (const rate of rates) {
        const { holder, limit, name, ratePerMinute, capacity } = rate;
        const ofMinute = LIMIT_FACTS[limit].seconds === MINUTE_SECONDS;
        const bucket = ofMinute ? { name, ratePerMinute } : { name, ratePerMinute, capacity };
        const retryAfterSeconds = await shared.take(bucket, amount);
        if (retryAfterSeconds !== undefined) {
          for (const before of taken) shared.giveBack(before.name, amount);
          return atLimit(holder, limit, retryAfterSeconds);
        }
        taken.push(rate);
      }
    } catch (error) {
      for (const before of taken) shared.giveBack(before.name, amount);
      if (!(error instanceof StoreError)) throw error;
      return LIMITS_UNKNOWN;
    }
    this.#spend(rates, amount, nowMs);
    return undefined;
  }
}
