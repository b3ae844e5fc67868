/**
 * Addresses that take no mail for a long time, message after message: a mailbox that stays full, an account that stays
 * disabled. One such failure says little, a run of them over days says that nobody reads there.
 *
 * A soft bounce is a message that ended (bounced or expired) with the remote saying, of this recipient alone, that its
 * mailbox is full or inactive. The run grows by one with each; any delivery to the address ends it. It suppresses once
 * it has the wanted length and its first and last message lie the wanted span apart: a burst of mail on one bad day is
 * not enough. The suppression expires, the run does not: the next message is a probe, and one more soft bounce renews
 * it. Never for a notification (DSN) that failed.
 */
import type { BounceClass } from './bounce-classes.ts';
import type { SuppressionFacts } from './suppression.ts';

const SOFT_CLASSES: ReadonlySet<BounceClass> = new Set(['mailbox-full', 'inactive-mailbox']);

/** Whether a message that ended so counts as a soft bounce of its recipient. */
export function isSoftBounce({ reply, stage, sharedBy, via, classification }: SuppressionFacts): boolean {
  if (via === 'dsn' || reply === undefined || reply.code < 400) return false;
  if ((stage !== 'rcpt' && stage !== 'final') || sharedBy !== 1) return false;
  return SOFT_CLASSES.has(classification.class);
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
}

/** One more soft bounce at `atMs`; `run` is `undefined` when the last message arrived, or there was none. */
export function longerRun(run: SoftBounceRun | undefined, atMs: number): SoftBounceRun {
  if (run === undefined) return { messages: 1, firstAtMs: atMs, lastAtMs: atMs };
  return { messages: run.messages + 1, firstAtMs: run.firstAtMs, lastAtMs: Math.max(run.lastAtMs, atMs) };
}

/** Whether the address is suppressed for it. */
export function isLongEnough(
  { messages, firstAtMs, lastAtMs }: SoftBounceRun,
  rule: Pick<SoftBounceRule, 'messages' | 'spanMs'>,
): boolean {
  return rule.messages > 0 && messages >= rule.messages && lastAtMs - firstAtMs >= rule.spanMs;
}
