/** `relayctl stream add`: a stream with suppressions of its own. */
import type { Stream } from '../../store/records.ts';
import { CliFailure, usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { addStream as addStreamOnce, STREAM_NAME } from '../../admin/add-stream.ts';
import { streamJson } from '../../api-json/stream-json.ts';

export const streamAdd: CommandSpec = {
  path: 'stream add',
  summary: 'Add a stream',
  arguments: '<name>',
  details:
    'Streams keep kinds of mail apart, each with suppressions of its own. transactional and broadcast exist from the start. ' +
    'Applications choose one with the header X-Relay-Stream, or their credential does (credential add --stream).',
  options: [{ flags: '--kind <kind>', meaning: 'transactional (the default) or broadcast' }],
  examples: [
    { type: 'stream add receipts', does: 'a further transactional stream' },
    { type: 'stream add newsletter --kind broadcast', does: 'a stream for many recipients' },
  ],
  run: addStream,
};

async function addStream(context: CommandContext, input: CommandInput): Promise<void> {
  const name = input.arguments[0] ?? '';
  if (!STREAM_NAME.test(name))
    throw usage(
      `${name} cannot be the name of a stream`,
      'use lower-case letters, digits, - and _: newsletter',
    );
  const kind = input.options.choice('kind', ['transactional', 'broadcast']) ?? 'transactional';
  const writer = await context.writer();
  const account = await context.account();
  const stream: Stream = { accountId: account.id, name, kind, createdAtMs: context.nowMs };
  const { reader, services } = context;
  const { directory } = writer;
  if (!(await addStreamOnce(stream, { reader, directory, actor: services.actor })))
    throw new CliFailure('conflict', `there is a stream ${name} already`, {
      hint: 'see them: relayctl stream list',
    });
  if (context.global.json) context.printJson(streamJson(stream, account.name));
  else context.print(`Added ${kind} stream ${name} to account ${account.name}.`);
}
