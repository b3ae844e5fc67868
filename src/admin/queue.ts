/**
 * What an operator does with deliveries that wait: hold, release, retry, cancel; and with destinations. A selection is
 * made first (it may be asked about), then changed.
 */
import { parseDeliveryId } from '../store/public-ids.ts';
import type { DeliverySelection, QueueWriter } from '../store/queue-admin.ts';
import type { Account } from '../store/directory-records.ts';
import type { With } from './admin-context.ts';
import { invalid, type AdminRefusal } from './refusal.ts';
import { unknownStream } from './streams.ts';

/** One of its parts has to be there; the others narrow it. */
export interface SelectionInput {
  /** Of a message or a delivery. */
  readonly id: string | undefined;
  /** Lower-cased A-label name. */
  readonly destination: string | undefined;
  /** Of `account`. */
  readonly stream: string | undefined;
  readonly account: Account | undefined;
  readonly all: boolean;
}

/** Which deliveries are meant. */
export async function selectDeliveries(
  { id, destination, stream, account, all }: SelectionInput,
  { reader }: Pick<With<'reader'>, 'reader'>,
): Promise<DeliverySelection | AdminRefusal> {
  if (id === undefined && destination === undefined && account === undefined && !all)
    return invalid(
      undefined,
      'which deliveries?',
      (nameOf) =>
        `name a message or delivery id, ${nameOf('destination')} DOMAIN, ${nameOf('account')} NAME, ` +
        `${nameOf('stream')} NAME, or ${nameOf('all')}`,
    );
  const beside = stream !== undefined ? 'stream' : all ? 'all' : undefined;
  if (id !== undefined && beside !== undefined)
    return invalid(beside, (nameOf) => `${id} and ${nameOf(beside)} cannot both be meant`, 'leave one out');
  const refusal =
    (id === undefined ? undefined : await unknownId(id, reader)) ??
    (stream === undefined || account === undefined
      ? undefined
      : await unknownStream(account.id, stream, reader));
  return refusal ?? { accountId: account?.id, id, destination, stream };
}

async function unknownId(id: string, reader: With<'reader'>['reader']): Promise<AdminRefusal | undefined> {
  const messageId = id.startsWith('msg_') ? id : parseDeliveryId(id)?.messageId;
  if (messageId === undefined)
    return invalid('id', `${id} is neither a message (msg_...) nor a delivery (dlv_...)`);
  const message = await reader.messageById(messageId);
  if (message !== undefined && (id === messageId || message.deliveries.some((one) => one.id === id)))
    return undefined;
  const problem = `there is no ${id.startsWith('msg_') ? 'message' : 'delivery'} ${id}`;
  return { refused: 'not-found', field: 'id', problem };
}

export interface Changed {
  /** Deliveries. */
  readonly changed: number;
}

/**
 * Durable when it resolves. One message or delivery of which nothing could be changed is refused; a selection that matches
 * nothing is not.
 */
export async function changeDeliveries(
  change: keyof Pick<QueueWriter, 'hold' | 'retry' | 'cancel' | 'release'>,
  selection: DeliverySelection,
  { queue, clock, actor }: With<'queue' | 'clock'>,
): Promise<Changed | AdminRefusal> {
  const changed = await queue[change](selection, clock.now(), actor);
  const { id } = selection;
  if (changed > 0 || id === undefined) return { changed };
  const problem = `nothing was changed: ${id} has no delivery in a state that allows it`;
  return { refused: 'too-late', field: undefined, problem };
}

/**
 * Releases held deliveries. For an account, a stream or everything decisions of sending health are lifted first, so that new mail
 * is delivered as well; `lifted` is their number.
 */
export async function releaseDeliveries(
  selection: DeliverySelection,
  context: With<'queue' | 'health' | 'clock'>,
): Promise<(Changed & { readonly lifted: number }) | AdminRefusal> {
  const { id, destination, accountId, stream } = selection;
  const { health, clock, actor } = context;
  const isOfHealth = id === undefined && destination === undefined;
  const lifted = isOfHealth ? await health.releaseHealth({ accountId, stream }, clock.now(), actor) : 0;
  return { lifted, ...(await changeDeliveries('release', selection, context)) };
}

/** No attempt is made there until it is resumed; or attempts are made again. `name`: lower-cased A-label. */
export async function suspendDestination(
  name: string,
  suspended: boolean,
  { queue, clock, actor }: With<'queue' | 'clock'>,
): Promise<void> {
  await queue.suspendDestination(name, suspended, clock.now(), actor);
}
