/** Messages that were turned away after DATA: the list of them, and one with its reason and its header section. */
import type { RefusedMessage, RefusedMessageContent } from '../../store/refusals.ts';
import { refusedJson } from '../../api-json/refused-json.ts';
import { visible } from '../../platform/visible-text.ts';
import type { CommandContext } from '../program/command-context.ts';
import { renderTable } from '../output/table.ts';
import { fullTime, relative, shortSpan } from '../output/time-words.ts';

/** What `message list --refused` prints, the newest first. */
export async function listRefused(
  context: CommandContext,
  { before, limit }: { readonly before: string | undefined; readonly limit: number },
): Promise<void> {
  const messages = await context.reader.refusedMessages((await context.namedAccount())?.id, before, limit);
  if (context.global.json) for (const one of messages) await context.printJsonLine(refusedJson(one));
  else if (messages.length === 0)
    context.note('No message was refused after DATA (they are kept for a day).');
  else context.print(renderList(context, messages));
}

function renderList(context: CommandContext, messages: readonly RefusedMessage[]): string {
  const { io, paint, nowMs } = context;
  return renderTable(
    [
      { title: 'ID', text: ({ id }) => id },
      { title: 'AGE', text: ({ refusedAtMs }) => shortSpan(nowMs - refusedAtMs), alignRight: true },
      { title: 'CREDENTIAL', text: credentialOf, shrinks: true },
      { title: 'CLIENT', text: ({ client }) => client, shrinks: true, drops: true },
      { title: 'FROM', text: ({ headerFrom, reversePath }) => headerFrom ?? reversePath, shrinks: true },
      { title: 'REPLY', text: ({ reply }) => reply, shrinks: true },
    ],
    messages,
    { width: io.columns, paint },
  );
}

/** What `message show` prints of one. */
export function showRefused(context: CommandContext, message: RefusedMessageContent): void {
  const headers = Buffer.from(message.headers).toString();
  if (context.global.json) context.printJson({ ...refusedJson(message), headers });
  else context.print(renderOne(context, message, headers));
}

function renderOne(
  { paint, nowMs }: CommandContext,
  message: RefusedMessageContent,
  headers: string,
): string {
  const { recipients, recipientCount, reversePath, leftOut } = message;
  const more = recipientCount - recipients.length;
  const rows: readonly (readonly [string, string | undefined])[] = [
    [
      'refused',
      `${fullTime(message.refusedAtMs)} (${relative(message.refusedAtMs, nowMs)}) by ${message.via}`,
    ],
    ['reply', message.reply],
    ['fix', message.fix],
    ['from', message.headerFrom],
    ['subject', message.subject],
    ['reverse-path', reversePath === '' ? '<> (null)' : reversePath],
    ['recipients', recipients.join(', ') + (more > 0 ? ` and ${more} more` : '')],
    ['client', message.client],
    ['credential', credentialOf(message)],
    ['account', message.accountName],
    ['left out', leftOut === 0 ? undefined : `${leftOut} before it, refused too fast to be kept`],
  ];
  const facts = rows.flatMap(([label, text]) =>
    text === undefined ? [] : [`  ${paint.name(label.padEnd(13))}${visible(text)}`],
  );
  // Marked, so that no line of a client's passes for one of ours.
  const header = headers
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => `| ${visible(line)}`);
  return [paint.bold(message.id), ...facts, '', ...header, ''].join('\n');
}

function credentialOf({ credentialName, credentialId }: RefusedMessage): string {
  return credentialName === undefined ? credentialId : `${credentialName} (${credentialId})`;
}
