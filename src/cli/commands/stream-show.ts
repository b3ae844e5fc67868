/** `relayctl stream show`: a stream, what it says of its mail, and whether the mail fits. */
import { findStream } from '../../admin/streams.ts';
import { streamWarnings } from '../../admin/stream-warnings.ts';
import { visible } from '../../platform/visible-text.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { fullTime } from '../output/time-words.ts';
import { streamTermRows } from '../views/stream-view.ts';
import { streamJson } from '../../api-json/stream-json.ts';

export const streamShow: CommandSpec = {
  path: 'stream show',
  summary: 'Show a stream, and how mail does not fit it',
  arguments: '<name>',
  examples: [
    { type: 'stream show newsletter', does: 'what it says of its mail' },
    { type: 'stream show newsletter --json', does: 'for a script, with warnings' },
  ],
  run: show,
};

async function show(context: CommandContext, input: CommandInput): Promise<void> {
  const { reader, config, paint } = context;
  const account = await context.account();
  const stream = unlessRefused(await findStream(account, input.arguments[0] ?? '', reader));
  const warnings = streamWarnings(stream, config, await reader.streamMisfits(account.id));
  if (context.global.json) {
    context.printJson({ ...streamJson(stream, account.name), warnings });
    return;
  }
  const row = ([label, text]: readonly [string, string]) =>
    `  ${paint.name(label.padEnd(15))}${visible(text)}\n`;
  const rows = [
    ['kind', stream.kind] as const,
    ['account', account.name] as const,
    ['added', fullTime(stream.createdAtMs)] as const,
    ...streamTermRows(stream),
    ...warnings.map((warning) => ['warning', warning] as const),
  ];
  context.print(`${paint.bold(visible(stream.name))}\n${rows.map(row).join('')}`);
}
