/**
 * Where a recipient goes on when a session, or a host, was at fault and not the message: to a new session, or to the next
 * host of the site. RFC 5321 §5.1: the hosts are tried in their order until one takes the message. What a reply speaks
 * of is told by its enhanced status code (RFC 3463 §3), by a rule that knows its words, or else by code and stage.
 *
 * | what happened                                                      | speaks of |
 * |--------------------------------------------------------------------|-----------|
 * | 503; on a used session also 500-502 without a recipient's code, 530, or words of this connection | session |
 * | closed or silent before the final dot; 421 that is no rate limit    | host      |
 * | x.3.x, x.4.x (but 4.4.7), 4.5.x (but 4.5.3) to MAIL, RCPT or DATA   | host      |
 * | 421, 451, 452 without a status code there, unless words of a rule say whose fault it is | host |
 * | too big for its SIZE, no SMTPUTF8, no TLS that is required          | host      |
 * | x.1.x, x.2.x, x.6.x, x.7.x, too many recipients, 450, greylisting    | the recipient, the message or this client |
 * | whatever comes after the final dot                                  | the message |
 */
import type { Reply } from '../smtp/reply.ts';
import type { AttemptStage } from './attempt-stage.ts';
import type { BounceClass } from './bounce-classes.ts';
import type { Classification } from './classify.ts';
import type { RecipientResult } from './outcome-facts.ts';

/** `next-host` may still mean the last one: then the result stands. */
export type Onward = 'new-session' | 'next-host' | undefined;

export interface OnwardFacts {
  readonly result: RecipientResult;
  /** Of the reply, where there is one. */
  readonly classification: Classification | undefined;
  /** The session had done transactions before, and a new one was not tried yet. */
  readonly mayRenew: boolean;
}

export function onward({ result, classification, mayRenew }: OnwardFacts): Onward {
  if (mayRenew && result.kind === 'replied' && speaksOfSession(result.reply, result.stage))
    return 'new-session';
  return speaksOfHost(result, classification) ? 'next-host' : undefined;
}

/** Of the session, which had done transactions before: a new one may hear something else. RFC 5321 §4.1.4. */
export function speaksOfSession({ code, status, text }: Reply, stage: AttemptStage): boolean {
  if (code < 400 || stage === 'final') return false;
  const subject = status?.split('.')[1];
  if (subject === '1' || subject === '2') return false;
  if (code === 503 || code === 530) return true;
  if (code >= 500 && code <= 502) return subject === undefined || subject === '0' || subject === '5';
  return OF_THIS_SESSION.test(text);
}

/**
 * Commands came in a wrong order: ours did not, so one end has lost count. It says nothing of message or recipient, and
 * is never permanent for them, unless a status code says otherwise.
 */
export function isOutOfStep({ code, status }: Reply): boolean {
  return code === 503 && (status === undefined || /^5\.[035]\./.test(status));
}

export function speaksOfHost(result: RecipientResult, classification: Classification | undefined): boolean {
  switch (result.kind) {
    case 'unsendable':
      return HOST_LACKS.has(result.status);
    case 'lost':
      if (result.afterFinalDot) return false;
      return result.reply === undefined || ofHost(result.reply, result.stage, classification);
    case 'replied':
      return result.stage !== 'final' && ofHost(result.reply, result.stage, classification);
    default:
      return false;
  }
}

/** SIZE, SMTPUTF8, TLS, REQUIRETLS. RFC 1870 §6.1, RFC 6531 §3.5, RFC 8689 §4.2.1. */
const HOST_LACKS: ReadonlySet<string> = new Set(['5.3.4', '5.6.7', '5.7.10', '5.7.30']);
const OF_THIS_SESSION =
  /\b(?:this|per|each|one|single|same|current|your)\s+(?:smtp\s+)?(?:connection|session)\b/i;
/** Whose fault it is, where a rule knows the words. */
const HOST_CLASSES: ReadonlySet<BounceClass> = new Set(['system', 'network', 'protocol']);

function ofHost(
  { code, status }: Reply,
  stage: AttemptStage,
  classification: Classification | undefined,
): boolean {
  if (code < 400) return false;
  // TLS is out of order, or wanted and not there; commands out of step.
  if (code === 454 || code === 530 || code === 503)
    return status === undefined || !/^\d\.[12]\./.test(status);
  if (status !== undefined && HOST_LACKS.has(status.replace(/^4/, '5'))) return true;
  const ruled = classification?.rule === undefined ? undefined : classification.class;
  if (ruled === 'too-big') return stage === 'mail' && status !== '5.2.3' && status !== '4.2.2';
  if (ruled !== undefined && !HOST_CLASSES.has(ruled)) return false;
  const [, subject, detail] = status?.split('.') ?? [];
  switch (subject) {
    case undefined:
    case '0':
      return ofHostByCode(code, stage);
    case '3':
      return true;
    case '4':
      return detail !== '7';
    case '5':
      return detail !== '3' && (code < 500 || code === 502 || code === 504 || code === 555);
    default:
      return false;
  }
}

function ofHostByCode(code: number, stage: AttemptStage): boolean {
  switch (code) {
    case 421:
    case 451:
    case 452:
    case 455:
    case 521:
    case 555:
      return true;
    case 552:
      return stage === 'mail';
    default:
      return false;
  }
}
