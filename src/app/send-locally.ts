/**
 * A test message from relayctl over the control socket: composed and accepted as one of the API is, with a login that lives
 * no longer than that (admin/credentials/send-login.ts). A message that it may not send is refused with the reply of SMTP.
 */
import { ControlError } from '../control/control-server.ts';
import type { RequestOf, SentReport } from '../control/protocol.ts';
import { domainMeant, domainsNamed, DEFAULT_ACCOUNT } from '../admin/domain-meant.ts';
import { makeSendLogin } from '../admin/credentials/send-login.ts';
import { inWords, isRefusal } from '../admin/refusal.ts';
import { NO_CONTROLS } from '../message/control-headers.ts';
import { isNamedAddress, parseNamedAddress, type NamedAddress } from '../compose/named-address.ts';
import type { Log } from '../platform/log.ts';
import { oneLine } from '../platform/visible-text.ts';
import type { Random } from '../platform/random.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import type { Clock } from '../platform/clock.ts';
import { formatMailbox } from '../smtp/address.ts';
import type { Reply } from '../smtp/reply.ts';
import type { AuditWriter } from '../store/audit.ts';
import type { DirectoryReader, DirectoryWriter } from '../store/directory.ts';
import type { Account } from '../store/directory-records.ts';
import type { Acceptance } from '../intake/acceptance.ts';
import { submit } from '../intake/api-submission.ts';
import type { ApiSubmission } from '../intake/receive-composed.ts';

export interface LocalSendContext {
  readonly acceptance: Acceptance;
  readonly reader: Pick<DirectoryReader, 'listAccounts' | 'accountByName' | 'findDomain'>;
  readonly directory: Pick<DirectoryWriter, 'addCredential' | 'revokeCredential'>;
  readonly audit: Pick<AuditWriter, 'noteAudit'>;
  readonly box: Pick<SecretBox, 'hmac' | 'keyIds'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Resolves when the message is durable, or to the reply that refuses it. ControlError, StoreError. */
export async function sendLocally(
  request: RequestOf<'send'>,
  context: LocalSendContext,
): Promise<SentReport> {
  const { acceptance, directory, clock } = context;
  const submission = compositionOf(request);
  const { mailbox } = submission.composition.from;
  const account = await accountOf(request.account, mailbox.domain, context.reader);
  const login = makeSendLogin(account, formatMailbox(mailbox), { ...context, nowMs: clock.now() });
  if (isRefusal(login))
    throw new ControlError(
      'invalid',
      inWords(login.problem, (field) => field),
    );
  const { credential } = login;
  await directory.addCredential(credential, request.actor);
  try {
    const client = { credential, session: 'relayd.sock', address: '127.0.0.1', tls: undefined, local: true };
    const verdict = await submit(submission, client, acceptance);
    if (verdict.kind === 'refused') return { reply: replyText(verdict.refusal.reply) };
    if (verdict.kind === 'repeated') throw new ControlError('conflict', 'the message was a repeat');
    const { id } = verdict.facts;
    await note(id, account.id, request, context);
    return { id, reply: `250 2.0.0 Ok: queued as ${id}` };
  } finally {
    await revoke(credential.id, request, context);
  }
}

/** The message was accepted, whether or not there is a line about it. */
async function note(
  id: string,
  account: string,
  { actor, from, to }: RequestOf<'send'>,
  { audit, clock, log }: LocalSendContext,
): Promise<void> {
  const subject = [id, 'from=', { text: from }, 'to=', ...to.map((text) => ({ text }))];
  try {
    await audit.noteAudit({ atMs: clock.now(), actor, action: 'send', subject, account });
  } catch (error) {
    log.warn('no line in the audit log of relayctl send', { message: id, reason: String(error) });
  }
}

/** If it fails, the login expires within the minute; the outcome of the message is not affected. */
async function revoke(
  id: string,
  { actor }: RequestOf<'send'>,
  { directory, clock, log }: LocalSendContext,
): Promise<void> {
  try {
    await directory.revokeCredential(id, clock.now(), actor);
  } catch (error) {
    log.warn('login of relayctl send not revoked, it expires', { credential: id, reason: String(error) });
  }
}

function compositionOf({ from, to, subject, text }: RequestOf<'send'>): ApiSubmission {
  if (to.length === 0) throw new ControlError('invalid', 'a recipient is missing');
  const recipients = to.map((one) => addressOf(one));
  const composition = {
    from: addressOf(from),
    to: recipients,
    cc: [],
    replyTo: [],
    subject: oneLine(subject),
    text,
    html: undefined,
    fields: [],
    attachments: [],
  };
  const fields = recipients.map(({ mailbox }, index) => ({ mailbox, field: `to[${index}]` }));
  return { composition, recipients: fields, control: NO_CONTROLS };
}

function addressOf(text: string): NamedAddress {
  const address = parseNamedAddress(text);
  if (isNamedAddress(address)) return address;
  throw new ControlError('invalid', `${text}: ${address.problem}`);
}

/** The one that was named, else the owner of the sender's domain, else `default`. */
async function accountOf(
  name: string | undefined,
  domain: string,
  reader: LocalSendContext['reader'],
): Promise<Account> {
  const owner =
    name === undefined
      ? domainMeant(await domainsNamed(reader, await reader.listAccounts(), domain))
      : undefined;
  const account = owner?.account ?? (await reader.accountByName(name ?? DEFAULT_ACCOUNT));
  if (account === undefined)
    throw new ControlError('not-found', `there is no account ${name ?? DEFAULT_ACCOUNT}`);
  return account;
}

function replyText({ code, status, text }: Reply): string {
  return [code, status, text].filter((part) => part !== undefined).join(' ');
}
