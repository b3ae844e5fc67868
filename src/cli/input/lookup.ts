/** Finds what a command was asked about, or fails with what to type instead. */
import { domainMeant, domainsNamed } from '../../admin/domain-meant.ts';
import { normalizeDomain } from '../../smtp/address.ts';
import type { Credential, Domain } from '../../store/directory-records.ts';
import type { MessageView } from '../../store/views.ts';
import type { RefusedMessageContent } from '../../store/refusals.ts';
import type { UnverifiedReportContent } from '../../store/reports.ts';
import { notFound, usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';

/** The lower-cased A-label form of a domain that was typed. */
export function domainName(text: string): string {
  const name = text.startsWith('[') ? undefined : normalizeDomain(text.trim());
  if (name === undefined) {
    const at = text.lastIndexOf('@');
    const hint =
      at >= 0 ? `type the part after the @: ${text.slice(at + 1)}` : 'a domain looks like example.com';
    throw usage(`${text} is not a domain name`, hint);
  }
  return name;
}

/** The domain of that name, in the named account if one was named, else the one that is meant (admin/domain-meant.ts). */
export async function findDomain(context: CommandContext, text: string): Promise<Domain> {
  const name = domainName(text);
  const domains = await domainsNamed(context.reader, await context.accounts(), name);
  const meant = domainMeant(domains);
  if (meant !== undefined) return meant.domain;
  if (domains.length > 0) {
    const names = domains.map(({ account }) => account.name);
    throw usage(
      `several accounts have added ${name}: ${names.join(', ')}`,
      `say which: --account ${names[0] ?? ''}`,
    );
  }
  const named = await context.namedAccount();
  const where = named === undefined ? '' : ` in account ${named.name}`;
  throw notFound(`there is no domain ${name}${where}`, `add it: relayctl domain add ${name}`);
}

/** The credential with that id, or that name in the account (`default` unless named). */
export async function findCredential(context: CommandContext, idOrName: string): Promise<Credential> {
  for (const account of idOrName.startsWith('crd_') ? await context.accounts() : [await context.account()]) {
    const found = await context.reader.findCredential(account.id, idOrName);
    if (found !== undefined) return found;
  }
  throw notFound(
    `there is no credential ${idOrName} in account ${context.global.account ?? 'default'}`,
    'see them: relayctl credential list',
  );
}

/** The message with that id, with its history. */
export async function findMessage(context: CommandContext, id: string): Promise<MessageView> {
  const wanted = messageIdOf(id);
  const message = await context.reader.messageById(wanted);
  const account = await context.namedAccount();
  if (message === undefined || (account !== undefined && message.facts.accountId !== account.id)) {
    const refused = await findRefused(context, id);
    if (refused !== undefined)
      throw notFound(`${wanted} was refused: ${refused.reply}`, `see it: relayctl message show ${wanted}`);
    throw notFound(`there is no message ${wanted}`, 'see the latest: relayctl message list');
  }
  return message;
}

/** The message with that id that was turned away, in the named account if one was named. */
export async function findRefused(
  context: CommandContext,
  id: string,
): Promise<RefusedMessageContent | undefined> {
  const refused = await context.reader.refusedMessage(messageIdOf(id));
  const account = await context.namedAccount();
  return account === undefined || refused?.accountId === account.id ? refused : undefined;
}

/** The unverified report with that id, in the named account if one was named. */
export async function findReport(context: CommandContext, id: string): Promise<UnverifiedReportContent> {
  const found = await context.reader.unverifiedReport(id.trim());
  const account = await context.namedAccount();
  if (found === undefined || (account !== undefined && found.accountId !== account.id))
    throw notFound(`there is no unverified report ${id}`, 'see them: relayctl report list');
  return found;
}

/** Takes a delivery's id for its message's, and says so when it is neither. */
function messageIdOf(id: string): string {
  const match = /^(?:msg|dlv)_([0-9a-z]+)(?:-\d+)?$/.exec(id.trim());
  if (match?.[1] === undefined) {
    throw usage(
      `${id} is not a message id`,
      'an id looks like msg_01k9q3...; the 250 reply, the X-Relay-Message-Id header and every event carry it',
    );
  }
  return `msg_${match[1]}`;
}
