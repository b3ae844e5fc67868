/**
 * What one attempt means for one recipient: the new state, when to try again, the event, whether a DSN is due and
 * whether the address is suppressed. Facts in, decision out; the delivery service writes what comes out.
 *
 * | what happened                                          | state     | counts | destination | remarks |
 * |--------------------------------------------------------|-----------|--------|-------------|---------|
 * | 2yz to the final dot                                   | delivered | yes    |             | |
 * | 4yz to MAIL, RCPT, DATA or the final dot               | deferred  | yes    |             | expired when no time is left |
 * | 5yz to the same                                        | bounced   | yes    |             | at MAIL and DATA for all recipients, without suppression |
 * | 452/55z to RCPT, too many recipients, others were taken | queued   | no     |             | at once, in a further transaction; RFC 5321 §4.5.3.1.10 |
 * | 452/552 with it, nobody was taken                      | deferred  | yes    |             | 552 counts as 452; 550 and 554 bounce |
 * | 503 where no session or host is left to try            | deferred  | yes    |             | a fault of the dialogue, not of the message (onward.ts) |
 * | 2yz before the final dot, 3yz as the end               | deferred  | yes    |             | a fault of either side; mail is not lost by it |
 * | connection lost within the transaction                 | deferred  | yes    |             | after the final dot: the trace says that a second copy is possible |
 * | the hop cannot take such a message (`unsendable`)      | bounced   | yes    |             | deferred when its status is 4.x.x |
 * | no such domain, no mail host, null MX, loop            | bounced   | yes    |             | never suppresses |
 * | DNS did not answer                                     | deferred  | no     | blocked     | class network |
 * | a failure of our own (local-failures.ts)               | deferred  | yes    |             | never bounces, never suppresses; our DNS blocks, as above |
 * | connect, greeting, EHLO or TLS failed, whatever the reply | deferred | no   | blocked     | the host is at fault, not the message |
 * | every host greets with 521                             | bounced   | yes    |             | RFC 7504 §3; never suppresses |
 * | a route of this relay rejects it                       | bounced   | yes    |             | never suppresses; no health |
 * | due, but its time was over                             | expired   | no     |             | |
 * | a suppression was found                                | suppressed | no    |             | no DSN: the event says it |
 *
 * "counts": moves the delivery on in its retry schedule. A delivery whose destination is blocked waits for the
 * destination's own back-off (`destinationRetryAtMs`), and one `deferred` event is enough for all of that.
 * A DSN is due for bounced and expired deliveries unless NOTIFY, the credential, or a null reverse-path says no; where
 * NOTIFY asks for it, also once for a delivery that is deferred for `DELAY_DSN_MS` (dsn-due.ts), and for one handed to a host
 * that sends no DSNs of success itself.
 */
import { assertNever } from '../platform/assert.ts';
import { formatReply, replyClass, type Reply } from '../smtp/reply.ts';
import type { AttemptStage } from './attempt-stage.ts';
import { CLASS_EXPLANATIONS } from './bounce-classes.ts';
import {
  asTransient,
  clipReply,
  DNS_IS_SILENT,
  explainFailure,
  localFailure,
  type Failure,
} from './failure.ts';
import type { LastTry, Outcome, OutcomeFacts, RecipientResult } from './outcome-facts.ts';
import { isOutOfStep } from './onward.ts';
import {
  blocked,
  bounced,
  deferred,
  delivered,
  expired,
  queuedAgain,
  rejected,
  suppressed,
} from './outcome-states.ts';
import { isSoftBounce } from './soft-bounces.ts';
import { suppressionFor } from './suppression.ts';

const DNS_STATUS = {
  'no-such-domain': '5.1.2',
  'no-mail-host': '5.1.2',
  'null-mx': '5.1.10',
  loop: '5.4.6',
  failed: '4.4.3',
} as const;

/** Decides. Never throws for what a remote says. */
export function decideOutcome(facts: OutcomeFacts): Outcome {
  const { result } = facts;
  switch (result.kind) {
    case 'replied':
      return outcomeOfReply(facts, result);
    case 'unsendable': {
      const failure = explainFailure(facts.rules, {
        status: result.status,
        stage: 'policy',
        text: result.text,
      });
      return result.status.startsWith('4') ? deferred(facts, failure) : bounced(facts, failure, undefined);
    }
    case 'local':
      return deferred(facts, localFailure(result.localClass, result.text));
    case 'lost': {
      const text = result.afterFinalDot
        ? `${result.text}; the receiving server may have taken the message all the same, so a second copy is possible`
        : result.text;
      if (result.localClass !== undefined) return deferred(facts, localFailure(result.localClass, text));
      const failure = explainFailure(facts.rules, {
        reply: result.reply,
        status: '4.4.2',
        stage: result.stage,
        text,
      });
      const words = result.reply === undefined ? text : `${formatReply(result.reply)} (${text})`;
      return deferred(facts, { ...asTransient(failure), reply: clipReply(words) });
    }
    case 'dns': {
      if (result.localClass !== undefined)
        return blocked(facts, localFailure(result.localClass, result.text));
      const status = DNS_STATUS[result.found];
      const failure = explainFailure(facts.rules, { status, stage: 'dns', text: result.text });
      if (result.found !== 'failed') return bounced(facts, failure, undefined);
      return blocked(facts, { ...failure, class: 'network', ...DNS_IS_SILENT });
    }
    case 'connection-failed':
      if (result.localClass !== undefined)
        return blocked(facts, localFailure(result.localClass, result.text));
      // RFC 7504 §3: 521 means never, and there is nobody else. Every other greeting may be about this client or today.
      if (result.refusesMail === true)
        return bounced(facts, explainFailure(facts.rules, { ...result, status: '5.3.2' }), undefined);
      // What a host says before MAIL is about itself and this client: never permanent for the message.
      return blocked(facts, asTransient(explainFailure(facts.rules, result)));
    case 'rejected':
      return rejected(facts, result.text);
    case 'expired':
      return expired(facts, result.last && failureOfTry(facts, result.last), 0);
    case 'suppressed':
      return suppressed(result.reason);
    default:
      return assertNever(result);
  }
}

function outcomeOfReply(facts: OutcomeFacts, result: Extract<RecipientResult, { kind: 'replied' }>): Outcome {
  const { reply, stage } = result;
  const answer = replyClass(reply.code);
  if (answer === 'positive' && stage === 'final') return delivered(facts, reply);
  if (answer === 'positive' || answer === 'intermediate') {
    const text = `${formatReply(reply)} (not an answer that ends a transaction)`;
    const failure = explainFailure(facts.rules, { status: '4.5.0', stage, text });
    return deferred(facts, { ...failure, class: 'protocol', ...CLASS_EXPLANATIONS.protocol });
  }
  const parties = { recipients: [facts.recipient], senders: [facts.reversePath] };
  const failure = explainFailure(facts.rules, { reply, stage, text: '', parties });
  if (isTooManyRecipients(reply, stage, result.othersTaken === true)) {
    if (result.othersTaken !== true) return deferred(facts, asTransient(failure));
    // The transaction took as many as it could: the rest goes at once, so a long list is not stretched over hours.
    return queuedAgain(facts);
  }
  if (isOutOfStep(reply)) return deferred(facts, asTransient(failure));
  const { primaryUnreachable, via } = facts;
  const said = { reply, stage, sharedBy: result.sharedBy, primaryUnreachable, via, classification: failure };
  const outcome =
    answer === 'transient' ? deferred(facts, failure) : bounced(facts, failure, suppressionFor(said));
  return outcome.state !== 'deferred' && isSoftBounce(said) ? { ...outcome, softBounce: true } : outcome;
}

/**
 * RFC 5321 §4.5.3.1.10: 452 after the limit; 552 is an old form of it that must be treated as 452, and 550 and 554 are
 * seen. With those two only once others were taken: to the first one they say something else.
 */
function isTooManyRecipients(reply: Reply, stage: AttemptStage, othersTaken: boolean): boolean {
  if (stage !== 'rcpt') return false;
  const { code, status, text } = reply;
  if (code !== 452 && code !== 552 && !(othersTaken && (code === 550 || code === 554))) return false;
  if (status?.endsWith('.5.3') === true || /too many recipients/i.test(text)) return true;
  // A bare 452 after others were taken is what the RFC tells servers to send.
  return code === 452 && status === undefined && othersTaken;
}

function failureOfTry({ rules }: OutcomeFacts, last: LastTry): Failure {
  return last.localClass === undefined
    ? explainFailure(rules, last)
    : localFailure(last.localClass, last.text);
}
