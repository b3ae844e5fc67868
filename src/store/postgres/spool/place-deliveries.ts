/**
 * Decides where each delivery of an accepted message goes: to the delivery worker, claimed by the same commit; into the
 * database, to wait for its time or to be held; or settled at once, when its recipient is suppressed. Each has its row, is
 * counted in its destination, and has its `accepted` event.
 */
import type { Numbered } from '../../flow/divide.ts';
import type { HeldContent } from '../../flow/feed.ts';
import { handOver } from '../../flow/hand-over.ts';
import { deliveryKey } from '../../flow/keys.ts';
import type { CountedMessage, EventSubject } from '../../flow/subject.ts';
import type { NewMessage } from '../../message-records.ts';
import type { DeliveryInsert } from '../../sql/spool/delivery-columns.ts';
import type { Batch } from './batch.ts';
import type { Destination } from './destinations.ts';

/** The message of these deliveries. */
export interface Draft {
  readonly message: NewMessage;
  readonly key: number;
  readonly accountKey: number;
  readonly subject: EventSubject;
  readonly counted: CountedMessage | undefined;
  readonly nowMs: number;
  /** `undefined`: due at once. */
  readonly sendAtMs: number | undefined;
  /** By the restriction of its account or stream. */
  readonly held: boolean;
}

/** Settled at once as `suppressed`, for `reason`. */
export function insertSuppressed(
  batch: Batch,
  draft: Draft,
  destination: Destination,
  numbered: Numbered,
  reason: string,
): void {
  insert(batch, draft, destination, numbered, { state: 'suppressed', settledAtMs: draft.nowMs });
  batch.changes.count(destination, 'suppressed', 1);
  batch.changes.event({ ...eventOf(draft, destination, numbered), type: 'suppressed', data: { reason } });
}

export function wait(
  batch: Batch,
  draft: Draft,
  destination: Destination,
  waiting: readonly Numbered[],
): void {
  const { undo, feed } = batch.memory;
  const state = draft.sendAtMs === undefined ? 'queued' : 'scheduled';
  const dueAtMs = draft.sendAtMs ?? draft.nowMs;
  for (const numbered of waiting) insert(batch, draft, destination, numbered, { state, dueAtMs });
  batch.changes.count(destination, state, waiting.length);
  batch.changes.due(destination, dueAtMs);
  const before = destination.nextDueAtMs;
  destination.nextDueAtMs = Math.min(before ?? dueAtMs, dueAtMs);
  undo.record(() => {
    destination.nextDueAtMs = before;
  });
  feed.backlog(destination, dueAtMs);
}

/** Until somebody releases it. */
export function hold(
  batch: Batch,
  draft: Draft,
  destination: Destination,
  waiting: readonly Numbered[],
): void {
  for (const numbered of waiting) insert(batch, draft, destination, numbered, { state: 'held' });
  batch.changes.count(destination, 'held', waiting.length);
}

export function handOverNow(
  batch: Batch,
  draft: Draft,
  destination: Destination,
  now: readonly Numbered[],
  held: HeldContent | undefined,
): void {
  const { feed, life } = batch.memory;
  const claimedBy = life.lifeKey;
  handOver(feed, draft, destination, { now, held, life: claimedBy }, (numbered) =>
    insert(batch, draft, destination, numbered, { state: 'queued', claimedBy }),
  );
  batch.changes.count(destination, 'queued', now.length);
}

function eventOf(draft: Draft, destination: Destination, { number, delivery }: Numbered) {
  const { message, subject, counted } = draft;
  const { recipient } = delivery;
  const atMs = message.facts.acceptedAtMs;
  return { atMs, subject, counted, number, recipient, destination: destination.name };
}

function insert(
  batch: Batch,
  draft: Draft,
  destination: Destination,
  numbered: Numbered,
  parts: Pick<DeliveryInsert, 'state'> &
    Partial<Pick<DeliveryInsert, 'dueAtMs' | 'claimedBy' | 'settledAtMs'>>,
): number {
  const key = deliveryKey(draft.key, numbered.number);
  const { state, dueAtMs, claimedBy, settledAtMs } = parts;
  batch.changes.deliveries.push({
    key,
    destinationId: destination.id,
    accountKey: draft.accountKey,
    delivery: numbered.delivery,
    state,
    dueAtMs,
    claimedBy,
    settledAtMs,
    expiresAtMs: draft.message.facts.expiresAtMs,
    bulk: draft.message.bulk,
  });
  const event = eventOf(draft, destination, numbered);
  batch.changes.event({ ...event, type: 'accepted', data: draft.message.remarks });
  return key;
}
