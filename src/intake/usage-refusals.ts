/** Refusals at a limit of use: they name the limit, and when to try again. A rate is 451, a quota of the day 452. */
import {
  COUNTED_WORDS,
  DAY_SECONDS,
  LIMIT_FACTS,
  limitWords,
  type UsageHolder,
  type UsageLimitName,
} from '../policy/usage-limits.ts';
import type { Reply } from '../smtp/reply.ts';
import { reply, STORE_UNAVAILABLE } from '../smtp/server/replies.ts';
import { StoreError } from '../store/errors.ts';

/** The refusal at a limit. */
export interface LimitRefusal extends Reply {
  /** Whole seconds. */
  readonly retryAfterSeconds: number;
}

const STORE_RETRY_SECONDS = 5;

export const LIMITS_UNKNOWN: LimitRefusal = { ...STORE_UNAVAILABLE, retryAfterSeconds: STORE_RETRY_SECONDS };

export function atLimit(
  { kind, limits }: UsageHolder,
  name: UsageLimitName,
  retryAfterSeconds: number,
): LimitRefusal {
  const most = limits[name] ?? 0;
  const { counts, seconds } = LIMIT_FACTS[name];
  const whose = kind === 'account' ? ' for the account' : '';
  const again = `try again in ${retryAfterSeconds} seconds`;
  if (seconds === DAY_SECONDS) {
    const text = `Daily quota of ${most} ${COUNTED_WORDS[counts]}${whose} used up, ${again}`;
    return { ...reply(452, '4.7.1', text), retryAfterSeconds };
  }
  const text = `Rate limit of ${limitWords(name, most)}${whose} reached, ${again}`;
  return { ...reply(451, '4.7.1', text), retryAfterSeconds };
}

/** Of an error of the store; throws any other. */
export function limitsUnknown(error: unknown): LimitRefusal {
  if (!(error instanceof StoreError)) throw error;
  return LIMITS_UNKNOWN;
}
