/** Messages and the credentials that sent them, the newest first, for `relayctl audit list --sent`. */
import { timestamp } from '../../api-json/timestamp.ts';
import type { Account, Credential } from '../../store/directory-records.ts';
import type { MessageFilter } from '../../store/queue-admin.ts';
import type { MessageView } from '../../store/views.ts';
import { findCredential } from '../input/lookup.ts';
import { renderTable } from '../output/table.ts';
import { fullTime } from '../output/time-words.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { Options } from '../program/options.ts';

export interface SentTimes {
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
  readonly limit: number;
}

interface Sent {
  readonly view: MessageView;
  readonly credential: Pick<Credential, 'id' | 'name'> | undefined;
}

const PAGE = 200;
/** They are of changes. */
const NOT_OF_MAIL = ['actor', 'action', 'subject'] as const;

export async function listSent(context: CommandContext, options: Options, times: SentTimes): Promise<void> {
  const other = NOT_OF_MAIL.find((name) => options.text(name) !== undefined);
  if (other !== undefined)
    throw usage(`--${other} does not go with --sent`, 'see also: relayctl message list');
  if (options.flag('follow'))
    throw usage('--follow does not go with --sent', 'follow: relayctl events --follow');
  const sent: Sent[] = [];
  for await (const one of messagesSent(context, options, times)) {
    if (context.global.json) await context.printJsonLine(sentJson(one));
    else sent.push(one);
  }
  if (context.global.json) return;
  if (sent.length === 0) context.note('There are no such messages.');
  else context.print(render(context, sent));
}

/** Reads pages of a bounded number of messages each, until there are enough or the time is over. */
async function* messagesSent(
  context: CommandContext,
  options: Options,
  { sinceMs = -Infinity, untilMs = Infinity, limit }: SentTimes,
): AsyncGenerator<Sent> {
  const name = options.text('credential');
  const only = name === undefined ? undefined : await findCredential(context, name);
  const account = only === undefined ? await context.namedAccount() : { id: only.accountId };
  const names = new Map<string, Sent['credential']>();
  let left = limit;
  let before = options.text('before');
  for (;;) {
    const { messages, next } = await pageOf(context, { credential: only?.id, account, before });
    for (const view of messages) {
      const { acceptedAtMs, credentialId, accountId } = view.facts;
      if (acceptedAtMs < sinceMs || left === 0) return;
      if (acceptedAtMs > untilMs) continue;
      left--;
      yield { view, credential: await named(context, { credentialId, accountId }, names) };
    }
    if (next === undefined || context.io.interrupted.aborted) return;
    before = next;
  }
}

async function pageOf(
  { reader }: CommandContext,
  {
    credential,
    account,
    before,
  }: {
    readonly credential: string | undefined;
    readonly account: Pick<Account, 'id'> | undefined;
    readonly before: string | undefined;
  },
): Promise<{ readonly messages: readonly MessageView[]; readonly next: string | undefined }> {
  const filter: Omit<MessageFilter, 'accountId'> = {
    ...{ state: undefined, destination: undefined, recipient: undefined, stream: undefined, tag: undefined },
    ...{ credential, before, limit: PAGE },
  };
  if (account !== undefined) return await reader.pageOfMessages({ ...filter, accountId: account.id });
  const messages = await reader.listMessages({ ...filter, accountId: undefined });
  return { messages, next: messages.length < PAGE ? undefined : messages.at(-1)?.facts.id };
}

async function named(
  { reader }: CommandContext,
  { credentialId, accountId }: Pick<MessageView['facts'], 'credentialId' | 'accountId'>,
  names: Map<string, Sent['credential']>,
): Promise<Sent['credential']> {
  if (credentialId === undefined) return undefined;
  if (!names.has(credentialId))
    names.set(
      credentialId,
      (await reader.findCredential(accountId, credentialId)) ?? { id: credentialId, name: '' },
    );
  return names.get(credentialId);
}

function sentJson({ view, credential }: Sent): object {
  const { id, acceptedAtMs, accountId, via, stream, headerFrom } = view.facts;
  return {
    at: timestamp(acceptedAtMs),
    message: id,
    account: accountId,
    credential: credential === undefined ? null : { id: credential.id, name: credential.name },
    via,
    stream,
    from: headerFrom,
    recipients: view.deliveries.length,
  };
}

function render({ io, paint }: CommandContext, sent: readonly Sent[]): string {
  return renderTable(
    [
      { title: 'TIME', text: ({ view }) => fullTime(view.facts.acceptedAtMs).slice(0, 19) },
      { title: 'CREDENTIAL', text: ({ credential }) => credential?.name ?? '', brush: paint.name },
      { title: 'VIA', text: ({ view }) => view.facts.via, drops: true },
      { title: 'MESSAGE', text: ({ view }) => view.facts.id },
      { title: 'FROM', text: ({ view }) => view.facts.headerFrom, shrinks: true },
      { title: 'RECIPIENTS', text: ({ view }) => String(view.deliveries.length), alignRight: true },
    ],
    sent,
    { width: io.columns, paint },
  );
}
