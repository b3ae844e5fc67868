/**
 * What an operator does with deliveries that wait: hold, release, retry, cancel, reroute; and with destinations. A selection is
 * made first (it may be counted, and asked about), then changed.
 */
import type { RouteRule } from '../policy/egress/route-rules.ts';
import { parseDeliveryId } from '../store/public-ids.ts';
import type { DeliverySelection, OpenState, QueueWriter } from '../store/queue-admin.ts';
import type { Account } from '../store/directory-records.ts';
import type { With } from './admin-context.ts';
import { invalid, type AdminRefusal, type NameOf } from './refusal.ts';
import { unknownStream } from './streams.ts';

const DIRECT = 'direct';
/** As it is stored (message/fix-ups.ts). */
const LONGEST_SUBJECT = 200;

/** One of its parts has to be there; the others narrow it. */
export interface SelectionInput {
  /** Of a message or a delivery. */
  readonly id: string | undefined;
  /** Lower-cased A-label name. */
  readonly destination: string | undefined;
  /** Of `account`. */
  readonly stream: string | undefined;
  readonly account: Account | undefined;
  /** An address, or `*@` and a domain in A-labels; so is `recipient`. */
  readonly sender?: string | undefined;
  readonly recipient?: string | undefined;
  readonly subject?: string | undefined;
  /** Since acceptance. */
  readonly olderThanMs?: number | undefined;
  readonly youngerThanMs?: number | undefined;
  readonly state?: OpenState | undefined;
  readonly all: boolean;
}

/** Which deliveries are meant. */
export async function selectDeliveries(
  input: SelectionInput,
  { reader, clock }: Pick<With<'reader' | 'clock'>, 'reader' | 'clock'>,
): Promise<DeliverySelection | AdminRefusal> {
  const { id, account, all, olderThanMs, youngerThanMs, ...parts } = input;
  const { destination, stream, sender, recipient, subject, state } = parts;
  const asked = [id, account, olderThanMs, youngerThanMs, ...Object.values(parts)];
  if (!all && asked.every((one) => one === undefined))
    return invalid(undefined, 'which deliveries?', nameOne);
  if (id !== undefined && all)
    return invalid('all', (nameOf) => `${id} and ${nameOf('all')} cannot both be meant`, 'leave one out');
  if (subject !== undefined && subject.length > LONGEST_SUBJECT)
    return invalid('subject', () => `of a subject ${LONGEST_SUBJECT} characters are kept`, 'name fewer');
  const refusal =
    (id === undefined ? undefined : await unknownId(id, account, reader)) ??
    (stream === undefined || account === undefined
      ? undefined
      : await unknownStream(account.id, stream, reader));
  if (refusal !== undefined) return refusal;
  const nowMs = clock.now();
  const ago = (ageMs: number | undefined) => (ageMs === undefined ? undefined : Math.round(nowMs - ageMs));
  const ages = { acceptedBeforeMs: ago(olderThanMs), acceptedAfterMs: ago(youngerThanMs) };
  return { accountId: account?.id, id, destination, stream, sender, recipient, subject, state, ...ages };
}

function nameOne(nameOf: NameOf): string {
  const fields = ['destination', 'account', 'stream', 'sender', 'recipient', 'subject', 'olderThan', 'state'];
  return `name a message or delivery id, ${fields.map(nameOf).join(', ')}, or ${nameOf('all')}`;
}

/** One of another account than `account` is not found, like a missing one. */
async function unknownId(
  id: string,
  account: Account | undefined,
  reader: With<'reader'>['reader'],
): Promise<AdminRefusal | undefined> {
  const messageId = id.startsWith('msg_') ? id : parseDeliveryId(id)?.messageId;
  if (messageId === undefined)
    return invalid('id', `${id} is neither a message (msg_...) nor a delivery (dlv_...)`);
  const message = await reader.messageById(messageId);
  const isOwn = message !== undefined && (account === undefined || message.facts.accountId === account.id);
  if (isOwn && (id === messageId || message.deliveries.some((one) => one.id === id))) return undefined;
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
  return changedOf(selection, await queue[change](selection, clock.now(), actor));
}

/** They leave by `route` from now on, whatever else matches; `direct` is the one that needs no table. */
export async function rerouteDeliveries(
  selection: DeliverySelection,
  route: string,
  { queue, clock, actor, routes }: With<'queue' | 'clock'> & { readonly routes: readonly RouteRule[] },
): Promise<Changed | AdminRefusal> {
  const refusal = unusableRoute(route, routes);
  return refusal ?? changedOf(selection, await queue.reroute(selection, route, clock.now(), actor));
}

/** `undefined`: mail can take it. */
export function unusableRoute(name: string, routes: readonly RouteRule[]): AdminRefusal | undefined {
  const rule = routes.find((one) => one.name === name);
  if (rule === undefined) {
    if (name === DIRECT) return undefined;
    const names = [...routes.filter(sends).map((one) => one.name), DIRECT];
    return invalid('route', `the configuration has no route ${name}`, `it has: ${names.join(', ')}`);
  }
  if (sends(rule)) return undefined;
  return invalid(
    'route',
    `route ${name} sends no mail: its action is ${rule.action}`,
    'hold or cancel it instead',
  );
}

function sends({ action }: RouteRule): boolean {
  return action === 'direct' || action === 'relay';
}

function changedOf({ id }: DeliverySelection, changed: number): Changed | AdminRefusal {
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
  const { accountId, stream, ...narrower } = selection;
  const { health, clock, actor } = context;
  const isOfHealth = Object.values(narrower).every((part) => part === undefined);
  const lifted = isOfHealth ? await health.releaseHealth({ accountId, stream }, clock.now(), actor) : 0;
  return { lifted, ...(await changeDeliveries('release', selection, context)) };
}
