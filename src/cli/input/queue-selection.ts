/** Which deliveries a change of the queue means: one message or delivery, a destination, an account, or all. */
import type { DeliverySelection } from '../../store/queue-admin.ts';
import { selectDeliveries, type Changed, type SelectionInput } from '../../admin/queue.ts';
import { isRefusal, type AdminRefusal } from '../../admin/refusal.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, OptionSpec } from '../program/command-spec.ts';
import { domainName } from './lookup.ts';
import { counted } from '../output/time-words.ts';
import { failureOf, unlessRefused } from '../program/refusal.ts';

const QUEUE_HINT = 'see them: relayctl queue list';
const ID_HINTS = { invalid: QUEUE_HINT, 'not-found': QUEUE_HINT };

export const SELECTION_OPTIONS: readonly OptionSpec[] = [
  { flags: '--destination <domain>', meaning: 'everything that waits for this destination' },
  {
    flags: '--stream <stream>',
    meaning: 'everything of this stream (of --account, else of account default)',
  },
  { flags: '--all', meaning: 'everything that waits (of --account, if named)' },
];

/** What was typed, as admin/queue.ts takes it. Fails when it cannot be meant. */
export async function readSelection(
  context: CommandContext,
  { arguments: [id], options }: CommandInput,
): Promise<DeliverySelection> {
  const destination = options.text('destination');
  const stream = options.text('stream');
  const input: SelectionInput = {
    id,
    destination: destination === undefined ? undefined : domainName(destination),
    stream,
    // A stream's name says nothing without its account.
    account: stream === undefined ? await context.namedAccount() : await context.account(),
    all: options.flag('all'),
  };
  const selection = await selectDeliveries(input, context);
  if (!isRefusal(selection)) return selection;
  throw failureOf(selection, selection.field === 'id' ? ID_HINTS : {});
}

/** In words, for a question. */
export function selectionWords(
  { id, destination, stream }: DeliverySelection,
  accountName: string | undefined,
): string {
  if (id !== undefined) return id;
  const to = destination === undefined ? '' : ` to ${destination}`;
  const inStream = stream === undefined ? '' : ` in stream ${stream}`;
  const of = accountName === undefined ? '' : ` of account ${accountName}`;
  return `everything that waits${to}${inStream}${of}`;
}

/** Says what was done: `done` as `Held`. */
export function reportChange(
  context: CommandContext,
  selection: DeliverySelection,
  outcome: Changed | AdminRefusal,
  done: string,
): void {
  const { changed } = unlessRefused(outcome, {
    'too-late': `see where it stands: relayctl message trace ${selection.id}`,
  });
  if (context.global.json) context.printJson({ changed });
  else context.print(`${done} ${counted(changed, 'delivery', 'deliveries')}.`);
}
