/**
 * How healthy the mail of an account, a stream, a domain or a destination is: the shares of hard bounces and complaints
 * in the last 24 hours, what is too much, and what is done about it. Receivers judge a sender by these two figures, and a
 * reputation takes weeks to mend, so mail is slowed or held before they do.
 *
 * - Bounces: hard bounces of all deliveries that ended (delivered, bounced, expired). Complaints: of those delivered.
 * - Nothing is judged below `leastMessages`: two bounces out of ten say nothing.
 * - A hold stays until a person releases it, since the reason (a bought list, a stolen password) does not go by itself.
 *   Warnings and throttles go when the figures do. After a release counting starts afresh.
 * - The narrowest is held: a bad stream is taken out of its account's figures before the account is judged.
 *
 * Facts in, decision out; the store counts, the application asks once in a while.
 */

/** Of one window. */
export interface HealthCounts {
  readonly delivered: number;
  readonly hardBounced: number;
  /** Bounced for another reason than the address, or expired. */
  readonly failed: number;
  readonly complained: number;
}

/** From the mildest. */
export const HEALTH_LEVELS = ['good', 'warn', 'throttle', 'hold'] as const;
export type HealthLevel = (typeof HEALTH_LEVELS)[number];

/** Shares in 0 .. 1 from which on it applies; `undefined`: never. */
export interface HealthThreshold {
  readonly bounces: number | undefined;
  readonly complaints: number | undefined;
}

export interface HealthRules {
  /** Deliveries that ended within the window, before anything is judged. */
  readonly leastMessages: number;
  readonly warn: HealthThreshold;
  readonly throttle: HealthThreshold;
  readonly hold: HealthThreshold;
}

export interface HealthVerdict {
  readonly level: HealthLevel;
  /** In words with the figures; empty when it is good. */
  readonly reason: string;
}

export const NO_COUNTS: HealthCounts = { delivered: 0, hardBounced: 0, failed: 0, complained: 0 };

/** Deliveries that ended. */
export function endedCount({ delivered, hardBounced, failed }: HealthCounts): number {
  return Math.max(0, delivered) + hardBounced + failed;
}

/** Hard bounces of all that ended; 0 when nothing did. */
export function bounceShare(counts: HealthCounts): number {
  const ended = endedCount(counts);
  return ended === 0 ? 0 : Math.min(1, counts.hardBounced / ended);
}

/** Complaints of all that was delivered; complaints about mail of an earlier time count in full. */
export function complaintShare({ delivered, complained }: HealthCounts): number {
  return complained === 0 ? 0 : Math.min(1, complained / Math.max(1, delivered));
}

/**
 * How many complaints of one source about a stream weigh in its health on one day, when it delivered so many within
 * 24 hours: so that one provider, or whoever makes use of it, cannot have a stream held alone. One always does.
 */
export function complaintsThatWeigh(delivered: number, share: number): number {
  return Math.max(1, Math.floor(Math.max(0, delivered) * share));
}

export function judgeHealth(counts: HealthCounts, rules: HealthRules): HealthVerdict {
  if (endedCount(counts) < rules.leastMessages) return { level: 'good', reason: '' };
  for (const level of ['hold', 'throttle', 'warn'] as const) {
    const reasons = reasonsOf(counts, rules[level]);
    if (reasons.length > 0) return { level, reason: reasons.join(', ') };
  }
  return { level: 'good', reason: '' };
}

function reasonsOf(counts: HealthCounts, { bounces, complaints }: HealthThreshold): string[] {
  const reasons: string[] = [];
  const bounced = bounceShare(counts);
  const complained = complaintShare(counts);
  if (bounces !== undefined && bounced >= bounces)
    reasons.push(
      `${percent(bounced)} of ${endedCount(counts)} deliveries bounced hard (limit ${percent(bounces)})`,
    );
  if (complaints !== undefined && complained >= complaints)
    reasons.push(
      `${percent(complained)} of ${Math.max(0, counts.delivered)} delivered messages were complained about (limit ${percent(complaints)})`,
    );
  return reasons;
}

/** `4.3 %`, `0.12 %`. */
export function percent(share: number): string {
  const value = share * 100;
  const digits = value === 0 || value >= 10 ? 0 : value >= 1 ? 1 : 2;
  return `${Number(value.toFixed(digits))} %`;
}

/** An account with its streams, as counted and as they stand. */
export interface AccountHealth {
  /** What the account is under now. */
  readonly level: HealthLevel;
  readonly streams: readonly StreamHealth[];
}

export interface StreamHealth {
  readonly name: string;
  readonly counts: HealthCounts;
  readonly level: HealthLevel;
  /** Counted since the account's last release; differs from `counts` when the stream's own release is another. */
  readonly countsForAccount: HealthCounts;
}

export interface AccountVerdict {
  readonly account: HealthVerdict;
  readonly streams: ReadonlyMap<string, HealthVerdict>;
}

/** What account and streams are under from now on. A verdict of `hold` where there is one already has no new reason. */
export function judgeAccount({ level, streams }: AccountHealth, rules: HealthRules): AccountVerdict {
  const verdicts = new Map(
    streams.map((stream) => [stream.name, sticky(stream.level, judgeHealth(stream.counts, rules))]),
  );
  const rest = streams
    .filter(({ name }) => verdicts.get(name)?.level !== 'hold')
    .map(({ countsForAccount }) => countsForAccount);
  return { account: sticky(level, judgeHealth(sum(rest), rules)), streams: verdicts };
}

function sticky(level: HealthLevel, verdict: HealthVerdict): HealthVerdict {
  return level === 'hold' ? { level, reason: verdict.reason } : verdict;
}

export function sum(all: readonly HealthCounts[]): HealthCounts {
  return all.reduce(
    (total, counts) => ({
      delivered: total.delivered + counts.delivered,
      hardBounced: total.hardBounced + counts.hardBounced,
      failed: total.failed + counts.failed,
      complained: total.complained + counts.complained,
    }),
    NO_COUNTS,
  );
}
