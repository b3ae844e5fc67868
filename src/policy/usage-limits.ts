/**
 * Limits of what a credential or an account hands in, by name. Those that `--rate` and `--daily-quota` set are limits like the
 * others: messages a minute and recipients a day. Periods of an hour and a day are of UTC: a day begins at midnight. What is
 * limited by the second or the minute is a rate, which may be saved up for one such period.
 */

export const USAGE_LIMITS = [
  'messages_per_second',
  'messages_per_minute',
  'messages_per_hour',
  'messages_per_day',
  'recipients_per_second',
  'recipients_per_minute',
  'recipients_per_hour',
  'recipients_per_day',
  'new_recipients_per_day',
] as const;

export type UsageLimitName = (typeof USAGE_LIMITS)[number];

/** Whole numbers, 0 for nothing at all; a name that is absent: no limit. */
export type UsageLimits = Readonly<Partial<Record<UsageLimitName, number>>>;

/** What a limit counts. */
export type Counted = 'messages' | 'recipients' | 'newRecipients';

export interface LimitFacts {
  readonly counts: Counted;
  readonly seconds: number;
}

export const HOUR_SECONDS = 3_600;
export const DAY_SECONDS = 86_400;
/** The largest number of a limit. */
export const MOST_OF_A_LIMIT = 1_000_000_000_000;

export const LIMIT_FACTS: Readonly<Record<UsageLimitName, LimitFacts>> = {
  messages_per_second: { counts: 'messages', seconds: 1 },
  messages_per_minute: { counts: 'messages', seconds: 60 },
  messages_per_hour: { counts: 'messages', seconds: HOUR_SECONDS },
  messages_per_day: { counts: 'messages', seconds: DAY_SECONDS },
  recipients_per_second: { counts: 'recipients', seconds: 1 },
  recipients_per_minute: { counts: 'recipients', seconds: 60 },
  recipients_per_hour: { counts: 'recipients', seconds: HOUR_SECONDS },
  recipients_per_day: { counts: 'recipients', seconds: DAY_SECONDS },
  new_recipients_per_day: { counts: 'newRecipients', seconds: DAY_SECONDS },
};

/** The credential or account that has limits. */
export interface UsageHolder {
  /** Public id: what is counted is stored under it. */
  readonly id: string;
  readonly kind: 'credential' | 'account';
  readonly limits: UsageLimits;
}

/** The terms of a credential that limit its use; `limits` has neither its rate nor its quota. */
export interface LimitedTerms {
  readonly ratePerMinute: number | undefined;
  readonly dailyQuota: number | undefined;
  readonly limits?: UsageLimits | undefined;
}

/** All limits of a credential by name; `undefined`: none. */
export function limitsOf({ ratePerMinute, dailyQuota, limits }: LimitedTerms): UsageLimits | undefined {
  if (ratePerMinute === undefined && dailyQuota === undefined) return limits;
  return {
    ...limits,
    ...(ratePerMinute !== undefined && { messages_per_minute: ratePerMinute }),
    ...(dailyQuota !== undefined && { recipients_per_day: dailyQuota }),
  };
}

/** By name, `undefined` for a limit that is taken away; as the terms of a credential, of which those that are not named stay. */
export function termsWithLimits(
  terms: LimitedTerms,
  changes: Readonly<Partial<Record<UsageLimitName, number | undefined>>>,
): LimitedTerms {
  const {
    messages_per_minute: rate,
    recipients_per_day: quota,
    ...others
  } = { ...limitsOf(terms), ...changes };
  return { ratePerMinute: rate, dailyQuota: quota, limits: compactLimits(others) };
}

/** Without the names that have no number, in the order of {@link USAGE_LIMITS}; `undefined`: none is left. */
export function compactLimits(
  limits: Readonly<Partial<Record<UsageLimitName, number | undefined>>>,
): UsageLimits | undefined {
  const kept = USAGE_LIMITS.flatMap((name) => {
    const most = limits[name];
    return most === undefined ? [] : [[name, most] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

export function isUsageLimit(name: string): name is UsageLimitName {
  return (USAGE_LIMITS as readonly string[]).includes(name);
}

/** `600 messages a minute`. */
export function limitWords(name: UsageLimitName, most: number): string {
  const { counts, seconds } = LIMIT_FACTS[name];
  return `${most} ${COUNTED_WORDS[counts]} ${PERIOD_WORDS[seconds] ?? ''}`;
}

export const COUNTED_WORDS: Readonly<Record<Counted, string>> = {
  messages: 'messages',
  recipients: 'recipients',
  newRecipients: 'new recipients',
};
const PERIOD_WORDS: Readonly<Record<number, string>> = {
  1: 'a second',
  60: 'a minute',
  [HOUR_SECONDS]: 'an hour',
  [DAY_SECONDS]: 'a day',
};
