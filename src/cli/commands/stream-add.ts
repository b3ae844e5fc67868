/** `relayctl stream add`: a stream with suppressions of its own. */
import { addStream, STREAM_KINDS } from '../../admin/streams.ts';
import { readStreamTerms, STREAM_TERM_OPTIONS } from '../input/stream-terms-input.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { printOneClickNote } from '../views/one-click-note.ts';
import { streamJson } from '../../api-json/stream-json.ts';

export const streamAdd: CommandSpec = {
  path: 'stream add',
  summary: 'Add a stream',
  arguments: '<name>',
  details:
    'Streams keep kinds of mail apart, each with suppressions of its own. transactional and broadcast exist from the start. ' +
    'Applications choose one with the header X-Relay-Stream, or their credential does (credential add --stream).',
  options: [
    { flags: '--kind <kind>', meaning: 'transactional (the default) or broadcast' },
    ...STREAM_TERM_OPTIONS,
  ],
  examples: [
    { type: 'stream add receipts', does: 'a further transactional stream' },
    {
      type: 'stream add newsletter --kind broadcast --title "Our newsletter"',
      does: 'a stream for many recipients',
    },
    {
      type: 'stream add codes --max-age 10m --retry-schedule 30s,1m',
      does: 'mail that is worth nothing later',
    },
  ],
  run: add,
};

async function add(context: CommandContext, input: CommandInput): Promise<void> {
  const name = input.arguments[0] ?? '';
  const kind = input.options.choice('kind', STREAM_KINDS) ?? 'transactional';
  const terms = readStreamTerms(input.options);
  const admin = await adminContext(context);
  const account = await context.account();
  const stream = unlessRefused(await addStream({ accountId: account.id, name, kind, terms }, admin), {
    conflict: 'see them: relayctl stream list',
  });
  if (context.global.json) context.printJson(streamJson(stream, account.name));
  else {
    context.print(`Added ${kind} stream ${name} to account ${account.name}.`);
    if (kind === 'broadcast') printOneClickNote(context);
  }
}
