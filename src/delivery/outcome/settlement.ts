/** The record that the store writes for one delivery: the policy's outcome, with the attempts that led to it. */
import { suppressionKeyOf } from '../../smtp/address-keys.ts';
import type { Failure } from '../../policy/failure.ts';
import type { Outcome } from '../../policy/outcome-facts.ts';
import type { Lifetime } from '../../policy/retry.ts';
import type { SoftBounceRule } from '../../policy/soft-bounces.ts';
import type { AttemptRecord, ClaimedDelivery, Settlement } from '../../store/delivery-records.ts';
import type { MessageFacts } from '../../store/message-records.ts';
import type { NewSuppression, Withholding } from '../../store/suppression-records.ts';
import { shortened } from '../attempt/attempt.ts';

/** The policy's outcome, and what the destination as a whole makes of it. */
export interface Decision extends Outcome {
  /** Suppressing was withheld, from now on. */
  readonly withholding?: Withholding | undefined;
}

export function settlement(
  facts: MessageFacts,
  delivery: ClaimedDelivery,
  what: {
    readonly outcome: Decision;
    readonly attempts: readonly AttemptRecord[];
    readonly nowMs: number;
    readonly softBounces: SoftBounceRule;
  },
): Settlement {
  const { outcome, attempts, nowMs, softBounces } = what;
  const { eventType, failure, suppress, softBounce, withholding } = outcome;
  const evidence = failure?.reply ?? '';
  return {
    deliveryId: delivery.deliveryId,
    fence: delivery.fence,
    state: outcome.state,
    nextAttemptAtMs: outcome.nextAttemptAtMs,
    attempts: withWords(attempts, failure),
    event: eventType && { type: eventType, atMs: nowMs, data: outcome.eventData },
    suppression:
      suppress && suppression(facts, delivery, { reason: suppress, evidence, nowMs, lastsMs: undefined }),
    countsAsAttempt: outcome.countsAsAttempt,
    ...(softBounce === true &&
      softBounces.messages > 0 && {
        softBounce: {
          rule: softBounces,
          suppression: suppression(facts, delivery, {
            reason: 'soft-bounces',
            evidence,
            nowMs,
            lastsMs: softBounces.lastsMs,
          }),
        },
      }),
    ...(withholding !== undefined && { withholding }),
    ...(outcome.dsn === 'delayed' && { tellsDelay: true }),
  };
}

/** Releases the claim, untried: due at `dueAtMs` or else at the place in the queue that it had. */
export function release(
  facts: MessageFacts,
  delivery: ClaimedDelivery,
  when: {
    readonly nowMs: number;
    readonly dueAtMs: number | undefined;
    readonly waitsFor?: string | undefined;
  },
): Settlement {
  const waited = delivery.state === 'deferred';
  return {
    deliveryId: delivery.deliveryId,
    fence: delivery.fence,
    state: waited ? 'deferred' : 'queued',
    nextAttemptAtMs: when.dueAtMs ?? (waited ? when.nowMs : Math.min(startedAtMs(facts), when.nowMs)),
    attempts: [],
    event: undefined,
    suppression: undefined,
    countsAsAttempt: false,
    ...(when.waitsFor !== undefined && { waitsFor: when.waitsFor }),
  };
}

export function lifetimeOf(facts: MessageFacts, maxAgeMs: number): Lifetime {
  return { acceptedAtMs: startedAtMs(facts), expiresAtMs: facts.expiresAtMs, maxAgeMs };
}

/** When it was accepted or, if later, when it was first allowed to leave. */
export function startedAtMs(facts: MessageFacts): number {
  return Math.max(facts.acceptedAtMs, facts.sendAtMs ?? 0);
}

/** The policy may have more to say of the last try than its bare text: that a second copy is possible, for one. */
function withWords(
  attempts: readonly AttemptRecord[],
  failure: Failure | undefined,
): readonly AttemptRecord[] {
  const last = attempts.at(-1);
  if (last === undefined || failure === undefined || failure.replied || !failure.reply.startsWith(last.text))
    return attempts;
  return [...attempts.slice(0, -1), { ...last, text: shortened(failure.reply) }];
}

/** The recipient in the form in which suppressions keep it. */
export function suppressedAddress({ recipient }: ClaimedDelivery): string {
  return suppressionKeyOf(recipient);
}

function suppression(
  facts: MessageFacts,
  delivery: ClaimedDelivery,
  why: {
    readonly reason: 'unknown-address' | 'soft-bounces';
    readonly evidence: string;
    readonly nowMs: number;
    readonly lastsMs: number | undefined;
  },
): NewSuppression {
  return {
    accountId: facts.accountId,
    scope: '',
    address: suppressedAddress(delivery),
    reason: why.reason,
    evidence: why.evidence,
    createdAtMs: why.nowMs,
    expiresAtMs: why.lastsMs === undefined ? undefined : why.nowMs + why.lastsMs,
    createdBy: 'delivery',
  };
}
