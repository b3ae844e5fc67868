/** Which deliveries a change of the queue means: one message or delivery, a destination, an account, or all. */
import type { DeliverySelection } from '../../store/queue-admin.ts';
import { parseDeliveryId } from '../../store/public-ids.ts';
import { notFound, usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, OptionSpec } from '../program/command-spec.ts';
import { domainName } from './lookup.ts';
import { counted } from '../output/time-words.ts';
import { checkStream } from './suppression-input.ts';

export const SELECTION_OPTIONS: readonly OptionSpec[] = [
  { flags: '--destination <domain>', meaning: 'everything that waits for this destination' },
  {
    flags: '--stream <stream>',
    meaning: 'everything of this stream (of --account, else of account default)',
  },
  { flags: '--all', meaning: 'everything that waits (of --account, if named)' },
];

/** One of id, `--destination`, `--stream`, `--account`, `--all` has to be there; the others narrow it. */
export async function readSelection(
  context: CommandContext,
  { arguments: [id], options }: CommandInput,
): Promise<DeliverySelection> {
  const destination = options.text('destination');
  const stream = options.text('stream');
  // A stream's name says nothing without its account.
  const account = stream === undefined ? await context.namedAccount() : await context.account();
  if (id === undefined && destination === undefined && account === undefined && !options.flag('all'))
    throw usage(
      'which deliveries?',
      'name a message or delivery id, --destination DOMAIN, --account NAME, --stream NAME, or --all',
    );
  if (id !== undefined && stream !== undefined)
    throw usage(`${id} and --stream cannot both be meant`, 'leave one out');
  if (id !== undefined && options.flag('all'))
    throw usage(`${id} and --all cannot both be meant`, 'leave one out');
  if (id !== undefined) await refuseUnknown(context, id);
  if (stream !== undefined && account !== undefined) await checkStream(context, account.id, stream);
  return {
    accountId: account?.id,
    id,
    destination: destination === undefined ? undefined : domainName(destination),
    stream,
  };
}

async function refuseUnknown({ reader }: CommandContext, id: string): Promise<void> {
  const messageId = id.startsWith('msg_') ? id : parseDeliveryId(id)?.messageId;
  if (messageId === undefined)
    throw usage(
      `${id} is neither a message (msg_...) nor a delivery (dlv_...)`,
      'see them: relayctl queue list',
    );
  const message = await reader.messageById(messageId);
  const known =
    message !== undefined && (id === messageId || message.deliveries.some((one) => one.id === id));
  if (!known)
    throw notFound(
      `there is no ${id.startsWith('msg_') ? 'message' : 'delivery'} ${id}`,
      'see them: relayctl queue list',
    );
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

/**
 * Says what was done: `done` as `Held`. One named message of which nothing could be changed is a failure; a
 * selection that matches nothing is not.
 */
export function reportChange(
  context: CommandContext,
  selection: DeliverySelection,
  changed: number,
  done: string,
): void {
  if (changed === 0 && selection.id !== undefined)
    throw notFound(
      `nothing was changed: ${selection.id} has no delivery in a state that allows it`,
      `see where it stands: relayctl message trace ${selection.id}`,
    );
  if (context.global.json) context.printJson({ changed });
  else context.print(`${done} ${counted(changed, 'delivery', 'deliveries')}.`);
}
