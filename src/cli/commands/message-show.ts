/** `relayctl message show`: one message with its deliveries; with `--json` every attempt. */
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { findMessage, findRefused } from '../input/lookup.ts';
import { showRefused } from '../views/refused-view.ts';
import { visible } from '../../platform/visible-text.ts';
import { stateLook } from '../output/paint.ts';
import { fullTime, relative, sizeWords } from '../output/time-words.ts';
import { renderTable } from '../output/table.ts';
import { messageJson } from '../../api-json/message-json.ts';
import type { MessageView } from '../../store/views.ts';

export const messageShow: CommandSpec = {
  path: 'message show',
  summary: 'Show a message and the state of its deliveries, or why it was refused',
  arguments: '<id>',
  details: 'For every attempt and its meaning: relayctl message trace.',
  examples: [
    { type: 'message show msg_01k9q3...', does: 'facts and deliveries' },
    {
      type: "message show msg_01k9q3... --json | jq '.deliveries[].history'",
      does: 'every attempt, for a script',
    },
  ],
  run: showMessage,
};

async function showMessage(context: CommandContext, input: CommandInput): Promise<void> {
  const id = input.arguments[0] ?? '';
  const refused = await findRefused(context, id);
  if (refused !== undefined) {
    showRefused(context, refused);
    return;
  }
  const message = await findMessage(context, id);
  if (context.global.json) context.printJson(messageJson(message));
  else context.print(renderFacts(context, message) + '\n' + renderDeliveries(context, message));
}

function renderFacts(
  { paint, nowMs }: CommandContext,
  { facts, accountName, hasContent }: MessageView,
): string {
  const time = (atMs: number) => `${fullTime(atMs)} (${relative(atMs, nowMs)})`;
  const metadata = Object.entries(facts.metadata).map(([key, value]) => `${key}=${value}`);
  const rows: [string, string | undefined][] = [
    ['subject', facts.subject],
    ['from', facts.headerFrom],
    ['reverse-path', facts.reversePath === '' ? '<> (null)' : facts.reversePath],
    ['accepted', `${time(facts.acceptedAtMs)} by ${facts.via === 'dsn' ? 'the relay itself' : facts.via}`],
    ['scheduled', facts.sendAtMs === undefined ? undefined : time(facts.sendAtMs)],
    ['given up', time(facts.expiresAtMs)],
    ['size', `${sizeWords(facts.sizeBytes)}${hasContent ? '' : ', content removed'}`],
    ['Message-ID', facts.messageIdField],
    ['stream', facts.stream],
    ['tags', facts.tags.length === 0 ? undefined : facts.tags.join(', ')],
    ['metadata', metadata.length === 0 ? undefined : metadata.join(', ')],
    ['account', accountName],
    ['credential', facts.credentialId],
  ];
  const lines = rows
    .filter((row): row is [string, string] => row[1] !== undefined)
    .map(([label, text]) => `  ${paint.name(label.padEnd(13))}${visible(text)}\n`);
  return `${paint.bold(facts.id)}\n${lines.join('')}`;
}

function renderDeliveries({ io, paint, nowMs }: CommandContext, { deliveries }: MessageView): string {
  return renderTable(
    [
      { title: 'RECIPIENT', text: ({ recipient }) => recipient, shrinks: true },
      {
        title: 'STATE',
        text: ({ state }) => state,
        brush: (text, { state }) => stateLook(state, paint).brush(text),
      },
      { title: 'TRIES', text: ({ attempts }) => String(attempts), alignRight: true },
      {
        title: 'NEXT',
        text: ({ nextAttemptAtMs }) =>
          nextAttemptAtMs === undefined ? '' : relative(nextAttemptAtMs, nowMs),
      },
      { title: 'LAST REPLY', text: ({ lastReply }) => lastReply ?? '', shrinks: true },
    ],
    deliveries,
    { width: io.columns, paint },
  );
}
