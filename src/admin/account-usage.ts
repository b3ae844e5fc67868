/** How much of its limits an account has used. Hours and days are the store's; rates are known to the process that takes the mail. */
import { HOUR_SECONDS, LIMIT_FACTS, USAGE_LIMITS, type UsageLimitName } from '../policy/usage-limits.ts';
import type { Account } from '../store/directory-records.ts';
import type { UsageReader } from '../store/usage.ts';

export interface LimitUse {
  readonly limit: UsageLimitName;
  readonly most: number;
  /** `undefined`: of a rate, where nobody here counts it. */
  readonly used: number | undefined;
  /** End of the hour or day, or when all of a rate is there again; `undefined` as `used`. */
  readonly untilMs: number | undefined;
}

/** What is left of a limit by the second or minute, and until it is whole again; `undefined`: nobody here counts it. */
export type RateStanding = (
  limit: UsageLimitName,
) => { readonly remaining: number; readonly resetSeconds: number } | undefined;

/** Of each limit that it has, in the order of {@link USAGE_LIMITS}. */
export async function limitUses(
  { id, limits = {} }: Pick<Account, 'id' | 'limits'>,
  reader: Pick<UsageReader, 'usageOf'>,
  nowMs: number,
  rateStanding: RateStanding,
): Promise<readonly LimitUse[]> {
  const uses: LimitUse[] = [];
  for (const limit of USAGE_LIMITS) {
    const most = limits[limit];
    if (most === undefined) continue;
    const { counts, seconds } = LIMIT_FACTS[limit];
    if (seconds < HOUR_SECONDS) {
      const left = rateStanding(limit);
      const used = left && Math.max(0, most - left.remaining);
      uses.push({ limit, most, used, untilMs: left && nowMs + left.resetSeconds * 1_000 });
      continue;
    }
    const number = Math.floor(nowMs / (seconds * 1_000));
    const used = (await reader.usageOf(id, seconds, number))[counts];
    uses.push({ limit, most, used, untilMs: (number + 1) * seconds * 1_000 });
  }
  return uses;
}
