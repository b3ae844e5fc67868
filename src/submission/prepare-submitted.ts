/**
 * The header section of a message as it comes in by SMTP, prepared with what the session knows: who the client is, the envelope,
 * whose notices get another author. Templates are filled in here. What fails on our side is 4yz, and the message refused with it.
 */
import { receivedProtocol } from '../smtp/server/received-protocol.ts';
import type { SmtpPeer } from '../smtp/server/smtp-session.ts';
import { replyToFailure } from '../intake/store-failure.ts';
import { prepareHeader, type HeaderProblem, type PreparedHeader } from '../message/fix-ups.ts';
import { buildReceived } from '../message/received.ts';
import { noticeAuthor } from '../policy/notice-author.ts';
import type { Mailbox } from '../smtp/address.ts';
import { senderFacts } from '../intake/accept-message.ts';
import type { Acceptance } from '../intake/acceptance.ts';
import { fillTemplate } from '../intake/apply-template.ts';
import type { Transaction } from './transaction.ts';

export interface Submitted {
  /** `msg_` id. */
  readonly id: string;
  readonly transaction: Transaction;
  readonly peer: SmtpPeer;
  /** The client logged in. */
  readonly authenticated: boolean;
}

/** A promise only where a template is filled in. Neither throws nor rejects. */
export function prepareSubmitted(
  header: Uint8Array,
  submitted: Submitted,
  acceptance: Acceptance,
): PreparedHeader | HeaderProblem | Promise<PreparedHeader | HeaderProblem> {
  const { id, transaction } = submitted;
  try {
    const prepared = prepare(header, submitted, acceptance);
    if ('problem' in prepared || prepared.control.template === undefined) return prepared;
    return fillTemplate(prepared, transaction.credential.accountId, id, acceptance);
  } catch (error) {
    const { code, status = '4.3.0', text } = replyToFailure(error, id, acceptance.log);
    return { problem: { code, status, text } };
  }
}

function prepare(header: Uint8Array, submitted: Submitted, acceptance: Acceptance) {
  const { id: messageId, transaction, peer, authenticated } = submitted;
  const { clock, hostname, hideClientAddress, ids } = acceptance;
  const { forwardPaths, mail } = transaction;
  const nowMs = clock.now();
  const [only] = forwardPaths.values();
  const received = buildReceived({
    clientHelo: peer.helo,
    clientAddress: hideClientAddress ? undefined : peer.address,
    serverName: hostname,
    protocol: receivedProtocol(peer, mail.smtpUtf8, authenticated),
    tls: peer.tls,
    messageId,
    recipient: forwardPaths.size === 1 ? only?.recipient : undefined,
    atMs: nowMs,
  });
  return prepareHeader(header, {
    messageId,
    reportToken: ids.reportTokenOf(messageId),
    hostname,
    received,
    nowMs,
    reversePath: mail.reversePath,
    noticeAuthor: mail.reversePath === undefined ? noticeAuthorOf(transaction, acceptance) : undefined,
  });
}

/** Every client that comes this far has a credential, by a login or by its network. */
function noticeAuthorOf({ credential }: Transaction, acceptance: Acceptance) {
  if (!acceptance.rewriteNoticeFrom) return undefined;
  const { directory } = acceptance;
  const facts = {
    ...senderFacts(credential, acceptance),
    oldestVerifiedDomain: () => directory.oldestVerifiedDomain(credential.accountId)?.name,
  };
  return (given: readonly Mailbox[]) => noticeAuthor(given, facts);
}
