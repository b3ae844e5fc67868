/**
 * When a failed delivery suppresses the address at once. A wrong suppression silences a real person for ever, a
 * missing one costs another bounce: so only what a remote said about this one recipient, permanently and clearly.
 *
 * It must be a permanent reply (5yz) that answered this recipient alone: to RCPT, or to the final dot of a
 * transaction with one recipient; or a report that came by a token which no other recipient knows. Never a reply to the greeting, EHLO, MAIL or the DATA command, never what was found
 * in DNS or on this side, never for a notification (DSN) that failed.
 * The words must not contradict the code: "5.1.1 Sender address rejected" is about the sender (reply-subject.ts). And it
 * must come from a host that can know: a backup MX says "user unknown" of everybody while it cannot ask the primary.
 * It must mean "unknown address": the codes 5.1.1, 5.1.2, 5.1.3, 5.1.6 or 5.1.10, unless a provider rule knows that
 * the code means something else there; or a rule of class `unknown-user` that is `certain`, for replies without such a
 * code. Never 5.7.x: policy, reputation and authentication are not the address's fault; never 5.1.7 and 5.1.8, which
 * speak of the sender's address, also when they answer RCPT.
 */
import type { Reply } from '../smtp/reply.ts';
import type { AttemptStage } from './attempt-stage.ts';
import { isAddressClass } from './bounce-classes.ts';
import type { Classification } from './classify.ts';

const UNKNOWN_ADDRESS_CODES: ReadonlySet<string> = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10']);
const OTHERS_FAULT = /^5\.(?:7\.|1\.[78]$)/;

export interface SuppressionFacts {
  /** `undefined` when the remote did not answer. */
  readonly reply: Reply | undefined;
  readonly stage: AttemptStage;
  /** How many forward-paths the reply was for. */
  readonly sharedBy: number;
  /** A host of better preference could not be reached when this one answered. */
  readonly primaryUnreachable?: boolean | undefined;
  /** How the message came: `dsn` for notifications that the relay wrote itself. */
  readonly via: 'smtp' | 'http' | 'dsn';
  /** Of the reply. */
  readonly classification: Classification;
}

/** The reason for which the address is suppressed now; `undefined`: it is not. */
export function suppressionFor(facts: SuppressionFacts): 'unknown-address' | undefined {
  const { reply, stage, sharedBy, via, classification } = facts;
  if (via === 'dsn' || reply === undefined || reply.code < 500) return undefined;
  if ((stage !== 'rcpt' && stage !== 'final') || sharedBy !== 1) return undefined;
  if (facts.primaryUnreachable === true) return undefined;
  if (isOthersFault(reply.status)) return undefined;
  if (!classification.certain || !isAddressClass(classification.class)) return undefined;
  const byCode = reply.status !== undefined && UNKNOWN_ADDRESS_CODES.has(reply.status);
  const byRule = classification.rule !== undefined && classification.class === 'unknown-user';
  return byCode || byRule ? 'unknown-address' : undefined;
}

/** The enhanced status code speaks of policy or of the sender, whatever else is said. */
export function isOthersFault(status: string | undefined): boolean {
  return status !== undefined && OTHERS_FAULT.test(status);
}

/** What a report says of one recipient, as far as it matters here. */
export interface ReportedFailure {
  readonly status: string | undefined;
  readonly reply: Reply | undefined;
  readonly stage: AttemptStage | undefined;
  readonly via: 'smtp' | 'http' | 'dsn';
  /** It is about the address that was mailed, not one that it was forwarded to. */
  readonly sameAddress: boolean;
  /** How many recipients share the token that the report came by. */
  readonly sharedBy: number;
  readonly classification: Classification;
}

/** The same rule for what comes back later; `hard` of the classification says that the report leaves no doubt. */
export function suppressionForReport(facts: ReportedFailure): 'unknown-address' | undefined {
  const { via, sameAddress, sharedBy, classification, stage } = facts;
  if (via === 'dsn' || !sameAddress || sharedBy !== 1 || !classification.hard) return undefined;
  if (stage !== undefined && stage !== 'rcpt' && stage !== 'final') return undefined;
  const status = facts.reply?.status ?? facts.status;
  if (isOthersFault(status)) return undefined;
  const byCode = status !== undefined && UNKNOWN_ADDRESS_CODES.has(status);
  const byRule = classification.rule !== undefined && classification.class === 'unknown-user';
  return byCode || byRule ? 'unknown-address' : undefined;
}
