/**
 * Addresses that take no mail for a long time, message after message: a mailbox that stays full, an account that stays
 * disabled. One such failure says little, a run of them over days says that nobody reads there.
 *
 * A soft bounce is a message that ended (bounced or expired) with the remote saying, of this recipient alone, that its
 * mailbox is full or inactive, or with a code that calls the address bad and words that are about something else; or one
 * that was delivered and came back with a report that says so. The run grows by one
 * with each; a delivery to the address that does not come back ends it. It suppresses once
 * it has the wanted length and its first and last message lie the wanted span apart: a burst of mail on one bad day is
 * not enough. The suppression expires, the run does not: the next message is a probe, and one more soft bounce renews
 * it. Never for a notification (DSN) that failed.
 */
import type { BounceClass } from './bounce-classes.ts';
import { isOthersFault, type ReportedFailure, type SuppressionFacts } from './suppression.ts';

const SOFT_CLASSES: ReadonlySet<BounceClass> = new Set(['mailbox-full', 'inactive-mailbox']);

/** Whether a message that ended so counts as a soft bounce of its recipient. */
export function isSoftBounce(facts: SuppressionFacts): boolean {
  const { reply, stage, sharedBy, via, classification } = facts;
  if (via === 'dsn' || reply === undefined || reply.code < 400) return false;
  if ((stage !== 'rcpt' && stage !== 'final') || sharedBy !== 1) return false;
  if (facts.primaryUnreachable === true) return false;
  return SOFT_CLASSES.has(classification.class) || (reply.code >= 500 && classification.contradicts === true);
}

/** The same for a report that a delivered message came back. */
export function isReportedSoftBounce(facts: ReportedFailure): boolean {
  const { via, sameAddress, sharedBy, stage, classification } = facts;
  if (via === 'dsn' || !sameAddress || sharedBy !== 1) return false;
  if (stage !== undefined && stage !== 'rcpt' && stage !== 'final') return false;
  if (isOthersFault(facts.reply?.status ?? facts.status)) return false;
  return SOFT_CLASSES.has(classification.class) || classification.contradicts === true;
}

/** `suppression.soft_bounce_*` of the configuration. */
export interface SoftBounceRule {
  /** Messages in a row; 0: never suppress for soft bounces. */
  readonly messages: number;
  /** From the first to the last of them, at least. */
  readonly spanMs: number;
  /** How long the suppression lasts. */
  readonly lastsMs: number;
}

export interface SoftBounceRun {
  readonly messages: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Messages that were delivered since and did not come back. While there are any, the run is over. */
  readonly arrivals: number;
}

/** One more soft bounce at `atMs`, in answer to an attempt; `run` is `undefined` when there was none. */
export function longerRun(run: SoftBounceRun | undefined, atMs: number): SoftBounceRun {
  if (run === undefined || run.arrivals > 0)
    return { messages: 1, firstAtMs: atMs, lastAtMs: atMs, arrivals: 0 };
  return { ...run, messages: run.messages + 1, lastAtMs: Math.max(run.lastAtMs, atMs) };
}

/** A message that seemed to be delivered came back: it did not end the run but lengthens it. */
export function runAfterReport(run: SoftBounceRun | undefined, atMs: number): SoftBounceRun {
  if (run === undefined) return longerRun(run, atMs);
  const arrivals = Math.max(0, run.arrivals - 1);
  return { ...longerRun({ ...run, arrivals: 0 }, atMs), arrivals };
}

/** Whether the address is suppressed for it. */
export function isLongEnough(
  { messages, firstAtMs, lastAtMs, arrivals }: SoftBounceRun,
  rule: Pick<SoftBounceRule, 'messages' | 'spanMs'>,
): boolean {
  if (rule.messages === 0 || arrivals > 0) return false;
  return messages >= rule.messages && lastAtMs - firstAtMs >= rule.spanMs;
}
