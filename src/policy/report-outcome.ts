/**
 * What a report from outside means for the delivery that it is about. Facts in, decision out; inbound/ finds the
 * delivery and writes what comes out.
 *
 * | the report says                 | delivery    | what follows |
 * |---------------------------------|-------------|--------------|
 * | failed                          | delivered   | `bounced` via report, DSN as NOTIFY wants it; where the token is of one recipient, perhaps a suppression or one more soft bounce |
 * | failed                          | not settled | not yet: our own outcome comes first, the remote is asked to repeat it |
 * | failed                          | any other   | nothing: it ended before |
 * | complaint (abuse, fraud, ...)   | any         | `complained`, suppressed for the whole account |
 * | complaint `opt-out`             | any         | `unsubscribed`, suppressed for the stream |
 * | `not-spam`, `auth-failure`, `virus` | any     | nothing: no recipient complains in those |
 * | delayed, where NOTIFY has DELAY | delivered   | `deferred` via report, DSN |
 * | delivered, relayed, expanded, where NOTIFY has SUCCESS | delivered | `delivered` via report, DSN |
 * | an automatic reply              | any         | nothing |
 *
 * The last word about DELAY and SUCCESS came to the relay only because its token is the envelope sender; who asked
 * for it has to be told (RFC 3461 §6.2).
 */
import type { DsnNotify } from '../smtp/envelope.ts';
import { formatReply } from '../smtp/reply.ts';
import type { BounceRules } from './bounce-rules.ts';
import type { Classification } from './classify.ts';
import { classifyReport, type ReportedFacts } from './classify-report.ts';
import { isFinal, type DeliveryState, type EventType } from './delivery-state.ts';
import { clipReply } from './failure.ts';
import type { OutcomeEventData } from './outcome-facts.ts';
import { isReportedSoftBounce } from './soft-bounces.ts';
import { suppressionForReport } from './suppression.ts';

export interface ReportFacts {
  readonly reported: ReportedFacts;
  /** Of the delivery, which the report may hide. */
  readonly recipient: string;
  /** The host that answered, as the report names it. */
  readonly remoteMta: string | undefined;
  /** The report names this very recipient, or hides it: not an address that the mail was forwarded to. */
  readonly sameAddress: boolean;
  /**
   * Recipients of the message at the same destination, this one included: with several, each knows the token that the
   * report came by, so who wrote it is not sure and no address is suppressed for it.
   */
  readonly sharedBy: number;
  readonly state: DeliveryState;
  readonly notify: readonly DsnNotify[] | undefined;
  readonly reversePath: string;
  readonly sendDsn: boolean;
  readonly via: 'smtp' | 'http' | 'dsn';
  readonly rules: BounceRules;
}

export interface ReportSuppression {
  readonly reason: 'unknown-address' | 'complaint' | 'unsubscribe';
  /** Of the account, or of the message's stream. */
  readonly scope: 'account' | 'stream';
}

/** The DSN that is due. */
export type ReportDsn = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

export type ReportOutcome =
  | { readonly kind: 'nothing'; readonly why: string }
  | { readonly kind: 'not-yet' }
  | {
      readonly kind: 'change';
      readonly state: 'bounced' | undefined;
      readonly eventType: EventType;
      readonly eventData: OutcomeEventData;
      readonly suppression: ReportSuppression | undefined;
      /** The delivered message came back as a soft bounce of this recipient (soft-bounces.ts). */
      readonly softBounce: boolean;
      readonly dsn: ReportDsn | undefined;
      readonly classification: Classification;
      /** Enhanced status code. */
      readonly status: string;
      /** The reply on one line, or the report's own words. */
      readonly reply: string;
      /** `reply` is what a server said. */
      readonly replied: boolean;
    };

/** A host name as a stranger wrote it. */
const MAX_HOST_LENGTH = 255;

/** Never throws. */
export function settleReport(facts: ReportFacts): ReportOutcome {
  const { reported, recipient, reversePath } = facts;
  const known = { recipients: [recipient], senders: [reversePath] };
  const classification = classifyReport(reported, facts.rules, known);
  switch (reported.kind) {
    case 'auto-reply':
      return nothing('an automatic reply');
    case 'complaint':
      return complaint(facts, classification);
    case 'bounce':
      return reported.action === 'delayed' ? delay(facts, classification) : failure(facts, classification);
    case 'delivered':
      return success(facts, classification);
  }
}

function failure(facts: ReportFacts, classification: Classification): ReportOutcome {
  const { state, notify, reported } = facts;
  if (!isFinal(state)) return { kind: 'not-yet' };
  if (state !== 'delivered') return nothing(`the delivery is ${state} already`);
  const { sameAddress, sharedBy, via } = facts;
  const failed = { ...reported, classification, sameAddress, sharedBy, via };
  const reason = suppressionForReport(failed);
  return change(facts, classification, {
    state: 'bounced',
    eventType: 'bounced',
    suppression: reason && { reason, scope: 'account' },
    softBounce: isReportedSoftBounce(failed),
    dsn: (notify === undefined || notify.includes('failure')) && mayBeTold(facts) ? 'failed' : undefined,
  });
}

function delay(facts: ReportFacts, classification: Classification): ReportOutcome {
  const wanted = facts.notify?.includes('delay') === true && mayBeTold(facts);
  if (!wanted || facts.state !== 'delivered') return nothing('it is late further on, and nobody asked');
  return change(facts, classification, { eventType: 'deferred', dsn: 'delayed' });
}

function success(facts: ReportFacts, classification: Classification): ReportOutcome {
  const { action } = facts.reported;
  const wanted = facts.notify?.includes('success') === true && mayBeTold(facts);
  if (!wanted || facts.state !== 'delivered') return nothing('it arrived, and nobody asked');
  if (action === 'failed' || action === 'delayed') return nothing('it contradicts itself');
  return change(facts, classification, { eventType: 'delivered', dsn: action });
}

function complaint(facts: ReportFacts, classification: Classification): ReportOutcome {
  const type = facts.reported.feedbackType ?? 'abuse';
  if (NO_COMPLAINT.has(type)) return nothing(`feedback of type ${type}`);
  if (/^opt-out/.test(type)) {
    const suppression = { reason: 'unsubscribe', scope: 'stream' } as const;
    return change(facts, classification, { eventType: 'unsubscribed', suppression });
  }
  const suppression = { reason: 'complaint', scope: 'account' } as const;
  return change(facts, classification, { eventType: 'complained', suppression });
}

/** RFC 5965 §7.3, RFC 6430, RFC 6591. */
const NO_COMPLAINT: ReadonlySet<string> = new Set(['not-spam', 'auth-failure', 'virus']);

function change(
  { reported, remoteMta }: ReportFacts,
  classification: Classification,
  what: {
    readonly state?: 'bounced';
    readonly eventType: EventType;
    readonly suppression?: ReportSuppression | undefined;
    readonly softBounce?: boolean;
    readonly dsn?: ReportDsn | undefined;
  },
): ReportOutcome {
  const { kind, feedbackType } = reported;
  const reply = clipReply(reported.reply === undefined ? reported.text : formatReply(reported.reply));
  const status = reported.status ?? reported.reply?.status ?? unknownStatus(reported);
  const { class: bounceClass, hard, meaning, action } = classification;
  const host = remoteMta?.slice(0, MAX_HOST_LENGTH);
  return {
    kind: 'change',
    state: what.state,
    eventType: what.eventType,
    eventData: {
      via: 'report',
      ...(kind === 'complaint' ? { feedback_type: feedbackType ?? 'abuse' } : { reply, status }),
      ...(kind === 'delivered' ? { reported: reported.action } : {}),
      class: bounceClass,
      hard,
      meaning,
      action,
      ...(host === undefined ? {} : { host }),
    },
    suppression: what.suppression,
    softBounce: what.softBounce === true,
    dsn: what.dsn,
    classification,
    status,
    reply,
    replied: reported.reply !== undefined,
  };
}

function unknownStatus({ action }: ReportedFacts): string {
  if (action === 'failed') return '5.0.0';
  return action === 'delayed' ? '4.0.0' : '2.0.0';
}

function nothing(why: string): ReportOutcome {
  return { kind: 'nothing', why };
}

/** RFC 5321 §6.1: never the null reverse-path; and a DSN is never about a DSN. */
function mayBeTold({ via, reversePath, sendDsn }: ReportFacts): boolean {
  return via !== 'dsn' && reversePath !== '' && sendDsn;
}
