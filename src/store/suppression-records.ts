/**
 * Records of suppressions, and of events that lead to one or remove it. Plain readonly data that survives a structured clone,
 * so that a record can cross a thread. Times are milliseconds since the epoch; text ids are the public ones.
 */
import type { SoftBounceRule } from '../policy/soft-bounces.ts';

export const SUPPRESSION_REASONS = [
  'unknown-address',
  'complaint',
  'soft-bounces',
  'manual',
  'import',
  'unsubscribe',
] as const;
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];

export interface NewSuppression {
  readonly accountId: string;
  /** Stream name, or the empty string for the whole account. */
  readonly scope: string;
  /** A `suppressionKey`. */
  readonly address: string;
  readonly reason: SuppressionReason;
  /** Its evidence: a reply's text, a person's note. */
  readonly evidence: string;
  readonly createdAtMs: number;
  /** `undefined`: never. */
  readonly expiresAtMs: number | undefined;
  /** `delivery` when the relay added it, otherwise the actor (`relayctl`). */
  readonly createdBy: string;
}

export interface Suppression extends NewSuppression {
  readonly accountName: string;
  /**
   * Sequence of the event that it refers to; `undefined` when it comes from a person or a file. The event may have been
   * removed.
   */
  readonly event?: number | undefined;
}

/** A message that ended in a soft bounce (policy/soft-bounces.ts). */
export interface SoftBounce {
  readonly rule: Pick<SoftBounceRule, 'messages' | 'spanMs'>;
  /** Written once the run of its address is long enough. */
  readonly suppression: NewSuppression;
}

/** Unknown addresses of the delivery's destination are not suppressed for a while (policy/suppression-breaker.ts). */
export interface Withholding {
  readonly untilMs: number;
  /** Addresses that were suppressed for it shortly before, and are released. */
  readonly withdrawn: readonly Pick<NewSuppression, 'accountId' | 'address'>[];
}
