/**
 * One mail transaction from MAIL to the end of data: its credential and its envelope. RFC 5321 §3.3. Decides which
 * recipients are accepted; a repeated one replaces the earlier, with its DSN parameters.
 */
import { removalCommand } from '../policy/suppression-removal.ts';
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

/**
 * The reply to RCPT; 250: it is in the envelope. Checks number, quota and suppression, and then whether its domain has a null MX.
 * Synchronous when there is nothing to read.
 */
export function takeRecipient(
  transaction: MailTransaction,
  command: RcptCommand,
  context: RecipientContext,
): Reply | Promise<Reply> {
  const refusal = refuseRecipient(transaction, command.recipient, context);
  return refusal instanceof Promise
    ? refusal.then((refused) => refused ?? addRecipient(transaction, command, context))
    : (refusal ?? addRecipient(transaction, command, context));
}

function refuseRecipient(
  transaction: MailTransaction,
  recipient: Mailbox,
  context: RecipientContext,
): Reply | undefined | Promise<Reply | undefined> {
  const { credential, forwardPaths } = transaction;
  const { config, limits, clock } = context;
  const { maxRecipients, suppressedRecipients } = config.submission;
  const refuseSuppressed = () =>
    suppressedRecipients === 'accept' ? undefined : refuseIfSuppressed(credential, recipient, context);
  if (forwardPaths.has(authorizationKey(recipient))) return refuseSuppressed();
  if (forwardPaths.size >= maxRecipients)
    return reply(452, '4.5.3', `Too many recipients: the limit is ${maxRecipients} a message`);
  const overQuota = limits.checkRecipients(
    credential,
    forwardPaths.size + 1,
    formatMailbox(recipient),
    clock.now(),
  );
  return overQuota instanceof Promise
    ? overQuota.then((refusal) => refusal ?? refuseSuppressed())
    : (overQuota ?? refuseSuppressed());
}

async function refuseIfSuppressed(
  { accountId, accountName, stream }: Credential,
  recipient: Mailbox,
  { clock, directory }: RecipientContext,
): Promise<Reply | undefined> {
  const suppression = await directory.suppressionFor(
    accountId,
    stream,
    suppressionKey(recipient),
    clock.now(),
  );
  if (suppression === undefined) return undefined;
  const address = formatMailbox(recipient);
  const fix = removalCommand(address, suppression, accountName);
  return reply(550, '5.7.1', `<${address}> is suppressed (${suppression.reason}); fix: ${fix}`);
}

function addRecipient(
  transaction: MailTransaction,
  command: RcptCommand,
  { nullMx }: RecipientContext,
): Reply | Promise<Reply> {
  const isNull = nullMx?.refuses(command.recipient.domain) ?? false;
  return isNull instanceof Promise
    ? isNull.then((found) => answerOf(transaction, command, found))
    : answerOf(transaction, command, isNull);
}

function answerOf(transaction: MailTransaction, command: RcptCommand, hasNullMx: boolean): Reply {
  const recipient = formatMailbox(command.recipient);
  if (hasNullMx)
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
