/**
 * One mail transaction from MAIL to the end of data: its credential and its envelope. RFC 5321 §3.3. Decides which
 * recipients are accepted; a repeated one replaces the earlier, with its DSN parameters.
 */
import { shellWord } from '../platform/shell-word.ts';
import { authorizationKey, suppressionKey } from '../smtp/address-keys.ts';
import { formatMailbox, type Mailbox } from '../smtp/address.ts';
import type { Envelope, ForwardPath } from '../smtp/envelope.ts';
import type { Reply } from '../smtp/reply.ts';
import type { Credential } from '../store/directory-records.ts';
import type { RecipientContext } from '../intake/acceptance.ts';
import type { MailCommand, RcptCommand } from '../smtp/server/path-command.ts';
import { RECIPIENT_OK, reply } from '../smtp/server/replies.ts';

export interface MailTransaction {
  readonly credential: Credential;
  readonly mail: MailCommand;
  /** By `authorizationKey`: only certainly equal mailboxes are one recipient. */
  readonly forwardPaths: Map<string, ForwardPath>;
}

/** Checks without network: number, quota, suppression. `undefined`: accepted. */
export async function refuseRecipient(
  transaction: MailTransaction,
  recipient: Mailbox,
  context: RecipientContext,
): Promise<Reply | undefined> {
  const { credential, forwardPaths } = transaction;
  const { config, limits, clock, directory } = context;
  const { maxRecipients, suppressedRecipients } = config.submission;
  if (!forwardPaths.has(authorizationKey(recipient))) {
    if (forwardPaths.size >= maxRecipients)
      return reply(452, '4.5.3', `Too many recipients: the limit is ${maxRecipients} a message`);
    const overQuota = await limits.checkRecipients(credential, forwardPaths.size + 1, clock.now());
    if (overQuota !== undefined) return overQuota;
  }
  if (suppressedRecipients === 'accept') return undefined;
  const { accountId, stream } = credential;
  const suppression = await directory.suppressionFor(
    accountId,
    stream,
    suppressionKey(recipient),
    clock.now(),
  );
  if (suppression === undefined) return undefined;
  const address = formatMailbox(recipient);
  const fix = `relayctl suppression remove ${shellWord(address)}`;
  return reply(550, '5.7.1', `<${address}> is suppressed (${suppression.reason}); fix: ${fix}`);
}

/** 250 and in the envelope, unless its domain has a null MX. */
export function addRecipient(transaction: MailTransaction, command: RcptCommand, nullMx: boolean): Reply {
  const recipient = formatMailbox(command.recipient);
  if (nullMx)
    return reply(556, '5.1.10', `<${recipient}>: ${command.recipient.domain} takes no mail (null MX)`);
  transaction.forwardPaths.set(authorizationKey(command.recipient), {
    recipient,
    notify: command.notify,
    originalRecipient: command.originalRecipient,
  });
  return RECIPIENT_OK;
}

export function envelopeOf({ mail, forwardPaths }: MailTransaction): Envelope {
  return {
    reversePath: mail.reversePath === undefined ? '' : formatMailbox(mail.reversePath),
    bodyType: mail.bodyType,
    smtpUtf8: mail.smtpUtf8,
    // Not offered before it is honoured to the last hop (RFC 8689).
    requireTls: false,
    dsnReturn: mail.dsnReturn,
    envelopeId: mail.envelopeId,
    ...mail.submission,
    forwardPaths: [...forwardPaths.values()],
  };
}
