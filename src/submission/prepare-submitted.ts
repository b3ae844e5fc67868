/**
 * Prepares the header section of a message submitted over SMTP with the session's facts: client, envelope, and the
 * author of notices. Renders templates. A failure of ours is 4yz and refuses the message.
 */
import type { LaterHeader } from '../intake/received-content.ts';
import { receivedProtocol } from '../smtp/server/received-protocol.ts';
import type { SmtpPeer } from '../smtp/server/server-session.ts';
import { replyToFailure } from '../intake/store-failure.ts';
import { prepareHeader, type HeaderProblem, type PreparedHeader } from '../message/fix-ups.ts';
import { buildReceived } from '../message/received.ts';
import { noticeAuthor } from '../policy/notice-author.ts';
import type { Mailbox } from '../smtp/address.ts';
import { noticeFacts } from '../intake/sender-facts.ts';
import type { Acceptance } from '../intake/acceptance.ts';
import { fillTemplate } from '../intake/apply-template.ts';
import type { MailTransaction } from './transaction.ts';

export interface Submitted {
  /** `msg_` id. */
  readonly id: string;
  /** The one that belongs to the id. */
  readonly reportToken: string;
  readonly transaction: MailTransaction;
  readonly peer: SmtpPeer;
  /** True after AUTH. */
  readonly authenticated: boolean;
}

/** Asynchronous only when a template is rendered, or a notice gets another author. Neither throws nor rejects. */
export function prepareSubmitted(
  header: Uint8Array,
  submitted: Submitted,
  acceptance: Acceptance,
): PreparedHeader | HeaderProblem | LaterHeader {
  const { id, transaction } = submitted;
  try {
    let notice: readonly Mailbox[] | undefined;
    const prepared = prepare(header, submitted, acceptance, (given) => void (notice = given));
    if (notice !== undefined)
      return { later: prepareNotice(Buffer.from(header), notice, submitted, acceptance), dropsBody: false };
    if ('problem' in prepared || prepared.control.template === undefined) return prepared;
    const { accountId } = transaction.credential;
    return { later: fillTemplate(prepared, accountId, id, acceptance), dropsBody: true };
  } catch (error) {
    return failed(error, id, acceptance);
  }
}

/** The look-up depends on the author, which is known only now: the header is prepared again, with another author. */
async function prepareNotice(
  header: Uint8Array,
  given: readonly Mailbox[],
  submitted: Submitted,
  acceptance: Acceptance,
): Promise<PreparedHeader | HeaderProblem> {
  const { id, transaction } = submitted;
  const { credential } = transaction;
  try {
    const facts = await noticeFacts(credential, given, acceptance);
    const prepared = prepare(header, submitted, acceptance, () => noticeAuthor(given, facts));
    if ('problem' in prepared || prepared.control.template === undefined) return prepared;
    return await fillTemplate(prepared, credential.accountId, id, acceptance);
  } catch (error) {
    return failed(error, id, acceptance);
  }
}

function failed(error: unknown, id: string, { log }: Acceptance): HeaderProblem {
  const { code, status = '4.3.0', text } = replyToFailure(error, id, log);
  return { problem: { code, status, text } };
}

/** `authorOf`: called for notices. At this point every client has a credential, by login or by network. */
function prepare(
  header: Uint8Array,
  submitted: Submitted,
  acceptance: Acceptance,
  authorOf: (given: readonly Mailbox[]) => Mailbox | undefined,
) {
  const { id: messageId, reportToken, transaction, peer, authenticated } = submitted;
  const { clock, config } = acceptance;
  const { hideClientAddress, rewriteNoticeFrom } = config.submission;
  const { forwardPaths, mail } = transaction;
  const nowMs = clock.now();
  const [only] = forwardPaths.values();
  const received = buildReceived({
    clientHelo: peer.helo,
    clientAddress: hideClientAddress ? undefined : peer.address,
    serverName: config.hostname,
    protocol: receivedProtocol(peer, mail.smtpUtf8, authenticated),
    tls: peer.tls,
    messageId,
    recipient: forwardPaths.size === 1 ? only?.recipient : undefined,
    priority: mail.submission.priority,
    atMs: nowMs,
  });
  const prepared = prepareHeader(header, {
    messageId,
    reportToken,
    hostname: config.hostname,
    received,
    priority: mail.submission.priority,
    nowMs,
    reversePath: mail.reversePath,
    noticeAuthor: mail.reversePath === undefined && rewriteNoticeFrom ? authorOf : undefined,
  });
  return 'problem' in prepared ? prepared : (refuseTimes(prepared, mail) ?? prepared);
}

/** Times of the envelope and of X-Relay-Send-At that exclude each other. */
function refuseTimes(
  { control: { sendAtMs } }: PreparedHeader,
  { submission: { holdUntilMs, deliverBy } }: MailTransaction['mail'],
): HeaderProblem | undefined {
  if (sendAtMs === undefined) return undefined;
  const refuse = (text: string) => ({ problem: { code: 554, status: '5.6.0', text } });
  if (holdUntilMs !== undefined) return refuse('X-Relay-Send-At excludes HOLDFOR and HOLDUNTIL');
  if (deliverBy?.mode !== 'return' || deliverBy.atMs > sendAtMs) return undefined;
  return refuse('X-Relay-Send-At is not before the end of BY: the message would be returned unsent');
}
