/**
 * Derives the changes to store from a parsed report and its scope (report-standing.ts): finds each delivery by its
 * recipient and applies policy/report-outcome.ts. RFC 3464, RFC 5965.
 */
import type { Config, RuleFiles } from '../config/config.ts';
import type { DsnRecipient } from '../dsn/write/dsn-facts.ts';
import type { Report, ReportedRecipient } from '../dsn/read/report.ts';
import type { WriteDsns } from '../dsn/write/write-dsns.ts';
import type { Log } from '../platform/log.ts';
import { authorAction } from '../policy/author-words.ts';
import type { BounceRules } from '../policy/bounce-rules.ts';
import { settleReport, type ReportOutcome } from '../policy/report-outcome.ts';
import { suppressionKeyOf } from '../smtp/address-keys.ts';
import type { ContentReader } from '../store/content-reader.ts';
import type { NewSuppression, SoftBounce } from '../store/suppression-records.ts';
import type { ReportChange, ReportedDelivery, ReportedMessage } from '../store/reports.ts';
import { outcomeOfErased } from './erased-recipient.ts';
import { deliveryMatcher } from './match-delivery.ts';
import type { ReportScope } from './report-standing.ts';
import { storedContent } from './stored-content.ts';

export interface ChangesContext {
  readonly content: ContentReader;
  /** Live, like `files`. */
  readonly config: Config;
  readonly files: Pick<RuleFiles, 'bounceRules'>;
  readonly writeDsns: WriteDsns;
  readonly log: Log;
}

/** For a few recipients. */
export interface ReportChanges {
  readonly changes: readonly ReportChange[];
  /** A delivery that it is about is not settled yet: the report must be sent again later. */
  readonly tooEarly: boolean;
  /** Named or hidden recipients outside its scope. */
  readonly unmatched: number;
}

type Change = Extract<ReportOutcome, { kind: 'change' }>;

/** A report with more recipients is not about our mail; each costs a decision. */
export const MAX_DECISIONS = 1_000;
/** Decided and written together: a few milliseconds of this thread, and a bounded number of DSNs in memory. */
const RECIPIENTS_AT_ONCE = 20;
/** Log lines about one report. */
const MAX_LOGGED = 10;

/** Handles at most `most` recipients, a few at a time, so that the caller can write them and yield. */
export async function* reportChanges(
  report: Pick<Report, 'recipients' | 'returned' | 'form'>,
  scope: ReportScope,
  most: number,
  context: ChangesContext & { readonly nowMs: number },
): AsyncGenerator<ReportChanges, void> {
  const { log } = context;
  const { message, within } = scope;
  const returned = scope.copyTells ? report.returned : undefined;
  const match = deliveryMatcher({ deliveries: message.deliveries, within }, returned);
  const together = recipientsByDestination(within);
  const changed = new Set<number>();
  let logged = 0;
  const note = (event: string, reported: ReportedRecipient, why?: string) => {
    if (++logged <= MAX_LOGGED) log.info(event, { ...about(message, report, reported), why });
  };
  for (let from = 0; from < Math.min(most, report.recipients.length); from += RECIPIENTS_AT_ONCE) {
    const changes: ReportChange[] = [];
    let tooEarly = false;
    let unmatched = 0;
    for (const reported of report.recipients.slice(from, Math.min(most, from + RECIPIENTS_AT_ONCE))) {
      const matched = match(reported);
      if (matched === undefined) {
        unmatched++;
        note('report about a recipient that it has no say in', reported);
        continue;
      }
      const { delivery } = matched;
      const sharedBy = together.get(delivery.destination) ?? 1;
      const rules = context.files.bounceRules;
      const decided = decide(message, reported, { ...matched, sharedBy, rules });
      const outcome = outcomeOfErased(decided, reported, delivery.recipient);
      if (outcome.kind === 'change') {
        // The first entry about a delivery counts: reports repeat themselves.
        if (!changed.has(delivery.number)) changes.push(await changeOf(scope, delivery, outcome, context));
        changed.add(delivery.number);
      } else {
        tooEarly ||= outcome.kind === 'not-yet';
        const why = outcome.kind === 'nothing' ? outcome.why : 'the delivery is not settled yet';
        note('report changes nothing', reported, why);
      }
    }
    yield { changes, tooEarly, unmatched };
  }
}

function recipientsByDestination(deliveries: readonly ReportedDelivery[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { destination } of deliveries) counts.set(destination, (counts.get(destination) ?? 0) + 1);
  return counts;
}

function decide(
  { facts }: ReportedMessage,
  reported: ReportedRecipient,
  matched: {
    readonly delivery: ReportedDelivery;
    readonly sameAddress: boolean;
    readonly sharedBy: number;
    readonly rules: BounceRules;
  },
): ReportOutcome {
  const { delivery, sameAddress, sharedBy, rules } = matched;
  return settleReport({
    reported,
    recipient: delivery.recipient,
    remoteMta: reported.remoteMta,
    sameAddress,
    sharedBy,
    state: delivery.state,
    notify: delivery.notify,
    reversePath: facts.reversePath,
    sendDsn: facts.sendDsn,
    via: facts.via,
    rules,
  });
}

async function changeOf(
  { message, source }: ReportScope,
  delivery: ReportedDelivery,
  outcome: Change,
  context: ChangesContext & { readonly nowMs: number },
): Promise<ReportChange> {
  const { facts, contentId } = message;
  const { nowMs, writeDsns, content, config } = context;
  const { eventType: type, eventData } = outcome;
  return {
    messageId: facts.id,
    recipientNumber: delivery.number,
    state: outcome.state,
    event: { type, atMs: nowMs, data: source === undefined ? eventData : { ...eventData, source } },
    ...(source !== undefined &&
      type === 'complained' && { complaint: { source, share: config.health.sourceComplaints } }),
    suppression: suppressionOf(message, delivery, outcome, nowMs),
    ...(outcome.softBounce && { softBounce: softBounceOf(message, delivery, outcome, context) }),
    dsns:
      outcome.dsn === undefined
        ? []
        : await writeDsns({
            facts,
            source: storedContent(content, contentId, facts),
            outcome: outcome.dsn,
            recipients: [dsnRecipient(delivery, outcome)],
          }),
  };
}

function suppressionOf(
  { facts }: ReportedMessage,
  { recipient }: ReportedDelivery,
  { suppression, reply, eventData }: Change,
  nowMs: number,
): NewSuppression | undefined {
  if (suppression === undefined) return undefined;
  const feedbackType = eventData['feedback_type'];
  return {
    accountId: facts.accountId,
    scope: suppression.scope === 'stream' ? facts.stream : '',
    address: suppressionKeyOf(recipient),
    reason: suppression.reason,
    evidence: feedbackType === undefined ? reply : `feedback report: ${String(feedbackType)}`,
    createdAtMs: nowMs,
    expiresAtMs: undefined,
    createdBy: 'report',
  };
}

function softBounceOf(
  { facts }: ReportedMessage,
  { recipient }: ReportedDelivery,
  { reply }: Change,
  { config, nowMs }: Pick<ChangesContext, 'config'> & { readonly nowMs: number },
): SoftBounce | undefined {
  const { softBounces } = config.suppression;
  if (softBounces.messages === 0) return undefined;
  return {
    rule: softBounces,
    suppression: {
      accountId: facts.accountId,
      scope: '',
      address: suppressionKeyOf(recipient),
      reason: 'soft-bounces',
      evidence: reply,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + softBounces.lastsMs,
      createdBy: 'report',
    },
  };
}

function dsnRecipient(delivery: ReportedDelivery, outcome: Change): DsnRecipient {
  const { status, reply, replied, classification, eventData } = outcome;
  const host = eventData['host'];
  return {
    recipient: delivery.recipient,
    originalRecipient: delivery.originalRecipient,
    status,
    remoteHost: typeof host === 'string' ? host : undefined,
    reply,
    replied,
    meaning: classification.meaning,
    action: authorAction(classification.class),
    lastAttemptAtMs: undefined,
  };
}

function about(
  { facts }: ReportedMessage,
  { form }: Pick<Report, 'form'>,
  { kind, action, recipient }: ReportedRecipient,
) {
  return { message: facts.id, recipient, form, kind, action };
}
