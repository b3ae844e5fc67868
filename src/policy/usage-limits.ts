/**
 * Limits of what a credential or an account hands in, by name. Those that `--rate` and `--daily-quota` set are limits like the
 * others: messages a minute and recipients a day. Periods are of UTC: a day begins at midnight.
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
