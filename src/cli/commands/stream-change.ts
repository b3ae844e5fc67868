/** `relayctl stream change`: the terms of a stream. */
import { changeStream, STREAM_KINDS } from '../../admin/streams.ts';
import { visible } from '../../platform/visible-text.ts';
import { readStreamTerms, STREAM_TERM_OPTIONS } from '../input/stream-terms-input.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { streamTermWords } from '../views/stream-view.ts';
import { streamJson } from '../../api-json/stream-json.ts';

export const streamChange: CommandSpec = {
  path: 'stream change',
  summary: 'Change what a stream says of its mail',
  arguments: '<name>',
  details:
    'It counts within a second. Pool, retry schedule and maximum age hold for mail that waits as well; kind, priority, headers and ' +
    'subdomain for what is accepted from then on. What a rule of the destination says comes before the stream.',
  options: [{ flags: '--kind <kind>', meaning: 'transactional or broadcast' }, ...STREAM_TERM_OPTIONS],
  examples: [
    { type: 'stream change newsletter --pool bulk --max-age 1d', does: 'from sources of its own, for a day' },
    {
      type: 'stream change newsletter --header "Feedback-ID: {stream}:{account}:shop"',
      does: 'for feedback by campaign',
    },
    { type: 'stream change newsletter --pool none', does: 'from where other mail leaves' },
  ],
  run: change,
};

async function change(
  context: CommandContext,
  { arguments: [name = ''], options }: CommandInput,
): Promise<void> {
  const kind = options.choice('kind', STREAM_KINDS);
  const input = { ...readStreamTerms(options), ...(kind !== undefined && { kind }) };
  const account = await context.account();
  const changed = unlessRefused(
    await changeStream({ accountId: account.id, name }, input, await adminContext(context)),
    { 'nothing-to-change': 'see what there is: relayctl stream change --help' },
  );
  if (context.global.json) {
    context.printJson(streamJson(changed, account.name));
    return;
  }
  const words = streamTermWords(changed);
  context.print(
    `Changed ${changed.kind} stream ${changed.name}: ${words === '' ? 'no terms of its own' : visible(words)}.`,
  );
}
