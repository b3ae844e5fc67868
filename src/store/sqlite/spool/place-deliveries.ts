/**
 * Decides where each delivery of an accepted message goes: to the delivery worker, claimed by the same commit, when it is due
 * and fits; into the database, to wait for its time or to be held; or settled at once, when its recipient is suppressed. Each
 * has its row, is counted in its destination, and has its `accepted` event.
 */
import type { NewMessage } from '../../message-records.ts';
import type { Context } from '../engine/context.ts';
import { recordDeliveryEvent } from './delivery-events.ts';
import type { Destination } from './destination-row.ts';
import { divide, type Numbered } from '../../flow/divide.ts';
import { handOver } from '../../flow/hand-over.ts';
import type { CountedMessage, EventSubject } from '../../flow/subject.ts';
import { deliveryKey } from '../../flow/keys.ts';
import type { Restriction } from '../../sql/statistics/restriction-states.ts';

/** The stored message of these deliveries. */
export interface Draft {
  readonly message: NewMessage;
  readonly key: number;
  readonly accountKey: number;
  readonly subject: EventSubject;
  readonly counted: CountedMessage | undefined;
  readonly nowMs: number;
  /** `undefined`: due at once. */
  readonly sendAtMs: number | undefined;
  /** The restriction of its account or stream. */
  readonly restriction: Restriction;
}

/** Settled at once as `suppressed`, for `reason`. */
export function insertSuppressed(
  context: Context,
  draft: Draft,
  { number, delivery }: Numbered,
  reason: string,
): void {
  const { subject, counted, nowMs, message } = draft;
  const destination = context.destinations.byName(delivery.destination);
  context.deliveries.insert({
    key: deliveryKey(draft.key, number),
    destinationId: destination.id,
    accountKey: draft.accountKey,
    delivery,
    state: 'suppressed',
    dueAtMs: undefined,
    claimedBy: undefined,
    settledAtMs: nowMs,
    expiresAtMs: message.facts.expiresAtMs,
    bulk: message.bulk,
  });
  context.destinations.count(destination, 'suppressed', 1);
  const { acceptedAtMs } = message.facts;
  const { recipient, destination: name } = delivery;
  const event = { atMs: acceptedAtMs, subject, counted, number, recipient, destination: name };
  recordDeliveryEvent(context, { ...event, type: 'accepted', data: message.remarks });
  recordDeliveryEvent(context, { ...event, type: 'suppressed', data: { reason } });
}

/** Hands over what is due and fits; the rest of each destination waits, or is held. */
export function queue(
  context: Context,
  draft: Draft,
  byDestination: ReadonlyMap<string, readonly Numbered[]>,
): void {
  const { message, nowMs, sendAtMs } = draft;
  const held = draft.restriction.kind === 'hold';
  const { accountKey } = draft;
  const destinations = [...byDestination].map(
    ([name, numbered]) => [context.destinations.byName(name), numbered] as const,
  );
  const hasWaiting = ({ id }: Destination) => {
    const dueAtMs = context.deliveries.firstDueAtMs(id, accountKey);
    return dueAtMs !== undefined && dueAtMs <= nowMs;
  };
  const wanted = sendAtMs === undefined && !held;
  const { groups, total } = divide(context.feed, destinations, { wanted, nowMs, accountKey, hasWaiting });
  const { content } = message;
  const inMemory =
    content.kind === 'whole' ? context.feed.holdContent(content.bytes.length, total) : undefined;
  for (const { destination, now, later } of groups) {
    if (now.length > 0) {
      handOver(context.feed, draft, destination, { now, held: inMemory }, (numbered) =>
        insert(context, draft, destination, numbered, 'queued', undefined),
      );
      context.destinations.count(destination, 'queued', now.length);
    }
    if (later.length === 0) continue;
    if (held) hold(context, draft, destination, later);
    else wait(context, draft, destination, later);
  }
}

function wait(context: Context, draft: Draft, destination: Destination, waiting: readonly Numbered[]): void {
  const state = draft.sendAtMs === undefined ? 'queued' : 'scheduled';
  const dueAtMs = draft.sendAtMs ?? draft.nowMs;
  for (const { number, delivery } of waiting) {
    insert(context, draft, destination, { number, delivery }, state, dueAtMs);
  }
  context.destinations.count(destination, state, waiting.length);
  context.destinations.lowerDue(destination, dueAtMs);
  context.feed.backlog(destination, dueAtMs);
}

/** Until somebody releases it. */
function hold(context: Context, draft: Draft, destination: Destination, waiting: readonly Numbered[]): void {
  for (const { number, delivery } of waiting) {
    insert(context, draft, destination, { number, delivery }, 'held', undefined);
  }
  context.destinations.count(destination, 'held', waiting.length);
}

function insert(
  context: Context,
  draft: Draft,
  destination: Destination,
  { number, delivery }: Numbered,
  state: 'queued' | 'scheduled' | 'held',
  dueAtMs: number | undefined,
): number {
  const key = deliveryKey(draft.key, number);
  context.deliveries.insert({
    key,
    destinationId: destination.id,
    accountKey: draft.accountKey,
    delivery,
    state,
    dueAtMs,
    claimedBy: dueAtMs === undefined && state !== 'held' ? context.epoch : undefined,
    settledAtMs: undefined,
    expiresAtMs: draft.message.facts.expiresAtMs,
    bulk: draft.message.bulk,
  });
  const { acceptedAtMs } = draft.message.facts;
  recordDeliveryEvent(context, {
    type: 'accepted',
    atMs: acceptedAtMs,
    subject: draft.subject,
    counted: draft.counted,
    number,
    recipient: delivery.recipient,
    destination: destination.name,
    data: draft.message.remarks,
  });
  return key;
}
