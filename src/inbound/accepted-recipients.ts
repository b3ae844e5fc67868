/**
 * The recipients accepted on port 25: return-path tokens of this relay's messages, the addresses for feedback loops and for
 * unsubscribing by mail, and postmaster (RFC 5321 §4.5.1). All others are refused.
 */
import { readReturnPath, type TokenReading } from '../dsn/return-path-token.ts';
import { UNSUBSCRIBE_LOCAL_PART } from '../links/list-unsubscribe.ts';
import type { AcceptedHashes } from '../platform/keyed-hash.ts';
import { reply } from '../smtp/server/replies.ts';
import { formatMailbox, type Mailbox } from '../smtp/address.ts';
import type { Reply } from '../smtp/reply.ts';
import { domainOfReturnPathHost } from '../smtp/return-path-host.ts';
import type { DirectoryReader } from '../store/directory.ts';

/** An address for reports. */
export interface ReportAddress {
  /** The owner of its domain, whose mail the report is about. `undefined`: the relay's host name. */
  readonly accountId: string | undefined;
  /** Its decoded token (dsn/return-path-token.ts); `undefined`: an address without one. */
  readonly token: ReturnPathToken | undefined;
}

export type ReturnPathToken = Pick<Extract<TokenReading, { kind: 'valid' }>, 'messageId' | 'destination'>;

/** `report`: return-path tokens, and the address for feedback loops. */
export type InboundRecipient =
  (ReportAddress & { readonly kind: 'report' | 'postmaster' }) | { readonly kind: 'unsubscribe' };

export interface RecipientContext {
  /** Lower case. */
  readonly hostname: string;
  readonly directory: Pick<DirectoryReader, 'domainHolder'>;
  readonly hashes: AcceptedHashes;
  readonly nowMs: number;
}

/** The local part given to a provider when a feedback loop is registered. */
const FEEDBACK = 'fbl';
const POSTMASTER = 'postmaster';

export async function acceptedRecipient(
  mailbox: Mailbox,
  context: RecipientContext,
): Promise<InboundRecipient | { readonly refusal: Reply }> {
  const { localPart, domain } = mailbox;
  const name = localPart.toLowerCase();
  const { directory, hostname } = context;
  const ownDomain = (await directory.domainHolder(domain)) ?? (await domainBehind(domain, directory));
  if (name === POSTMASTER && (ownDomain !== undefined || domain === hostname))
    return { kind: 'postmaster', accountId: ownDomain?.accountId, token: undefined };
  const accountId = (await domainBehind(domain, directory))?.accountId;
  // The token names its message and so the account, whoever holds the domain now.
  const token = readReturnPath(localPart, domain, context);
  if (token.kind === 'valid') return { kind: 'report', accountId, token };
  if (accountId === undefined) return refuse(mailbox, NOT_HERE);
  if (name === FEEDBACK) return { kind: 'report', accountId, token: undefined };
  // Its link says whose it is.
  if (name === UNSUBSCRIBE_LOCAL_PART) return { kind: 'unsubscribe' };
  switch (token.kind) {
    case 'outdated':
      return refuse(mailbox, 'the message that it is about is too long ago');
    case 'forged':
    case 'none':
      return refuse(mailbox, 'there is no such address');
  }
}

const NOT_HERE = 'this server takes reports about its own mail only';

async function domainBehind(host: string, directory: RecipientContext['directory']) {
  const name = domainOfReturnPathHost(host);
  return name === undefined ? undefined : await directory.domainHolder(name);
}

function refuse(mailbox: Mailbox, why: string): { readonly refusal: Reply } {
  return { refusal: reply(550, '5.7.1', `<${formatMailbox(mailbox)}>: ${why}`) };
}
