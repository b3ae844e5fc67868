/** Which deliveries are meant: one message or delivery, or all that have what the options say, together. */
import { selectDeliveries, type SelectionInput } from '../../admin/queue.ts';
import { isRefusal } from '../../admin/refusal.ts';
import type { DeliverySelection } from '../../store/queue-admin.ts';
import { formatMailbox } from '../../smtp/address.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, OptionSpec } from '../program/command-spec.ts';
import { mailboxOf, type Options } from '../program/options.ts';
import { failureOf } from '../program/refusal.ts';
import { domainName } from './lookup.ts';

const QUEUE_HINT = 'see them: relayctl queue list';
const ID_HINTS = { invalid: QUEUE_HINT, 'not-found': QUEUE_HINT };
const STATES = ['scheduled', 'queued', 'deferred', 'held'] as const;

/** What narrows a selection; all that are given have to hold. */
export const NARROWING_OPTIONS: readonly OptionSpec[] = [
  { flags: '--destination <domain>', meaning: 'to this destination' },
  { flags: '--stream <stream>', meaning: 'of this stream (of --account, else of account default)' },
  { flags: '--sender <address>', meaning: 'with this reverse-path or From, or *@DOMAIN' },
  { flags: '--recipient <address>', meaning: 'to this address, or *@DOMAIN' },
  { flags: '--subject <text>', meaning: 'with this text in the subject, in capitals or not' },
  { flags: '--older-than <duration>', meaning: 'accepted longer ago, such as 2h' },
  { flags: '--younger-than <duration>', meaning: 'accepted since then' },
  { flags: '--state <state>', meaning: STATES.join(', ') },
];

export const SELECTION_OPTIONS: readonly OptionSpec[] = [
  ...NARROWING_OPTIONS,
  { flags: '--all', meaning: 'everything that waits (of --account, if named)' },
];

/** What was typed, as admin/queue.ts takes it. Fails when it cannot be meant. `all`: nothing given means everything. */
export async function readSelection(
  context: CommandContext,
  { arguments: [id], options }: CommandInput,
  all = options.flag('all'),
): Promise<DeliverySelection> {
  const destination = options.text('destination');
  const stream = options.text('stream');
  const input: SelectionInput = {
    id,
    destination: destination === undefined ? undefined : domainName(destination),
    stream,
    // A stream's name says nothing without its account.
    account: stream === undefined ? await context.namedAccount() : await context.account(),
    sender: addressOf(options, 'sender'),
    recipient: addressOf(options, 'recipient'),
    subject: options.text('subject'),
    olderThanMs: options.durationMs('older-than'),
    youngerThanMs: options.durationMs('younger-than'),
    state: options.choice('state', STATES),
    all,
  };
  const { reader, services } = context;
  const selection = await selectDeliveries(input, { reader, clock: services.clock });
  if (!isRefusal(selection)) return selection;
  throw failureOf(selection, selection.field === 'id' ? ID_HINTS : {});
}

/** An address as it is compared, or `*@` and a domain. */
function addressOf(options: Options, name: string): string | undefined {
  const text = options.text(name)?.trim();
  if (text === undefined) return undefined;
  return text.startsWith('*@')
    ? `*@${domainName(text.slice(2))}`
    : formatMailbox(mailboxOf(text, `--${name}`));
}
