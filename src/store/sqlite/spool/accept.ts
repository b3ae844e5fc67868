/**
 * Accepting: message, content, deliveries and events in one unit. What is due at once and fits goes straight to the
 * delivery worker, claimed by the same commit; the rest waits in the database.
 */
import { StoreError } from '../../errors.ts';
import { deliveryIdOf } from '../../public-ids.ts';
import type { Claim, ClaimedDelivery, NewDelivery, NewMessage } from '../../records.ts';
import type { Context } from '../engine/context.ts';
import { countedMessage, recordDeliveryEvent, type CountedMessage } from './delivery-events.ts';
import type { Destination } from './destination-row.ts';
import type { EventSubject } from '../events/events.ts';
import type { HeldContent } from './feed.ts';
import { deliveryKey, MAX_RECIPIENTS } from '../engine/keys.ts';
import type { Restriction } from '../statistics/restrictions.ts';
import { metadataColumn, tagsColumn } from './messages.ts';
import type { Uploads } from './uploads.ts';

/** A delivery with its number in the message, counted from 1. */
interface Numbered {
  readonly number: number;
  readonly delivery: NewDelivery;
}

interface Draft {
  readonly message: NewMessage;
  readonly key: number;
  readonly accountKey: number;
  readonly subject: EventSubject;
  readonly counted: CountedMessage | undefined;
  readonly nowMs: number;
  /** `undefined`: due at once. */
  readonly sendAtMs: number | undefined;
  /** What its account or stream is under. */
  readonly restriction: Restriction;
}

const NOBODY: readonly string[] = [];

/**
 * Inside a transaction. Gives back the recipients that are suppressed. StoreError `conflict`: the id is taken, or account,
 * credential or upload is unknown.
 */
export function accept(context: Context, uploads: Uploads, message: NewMessage): readonly string[] {
  const { facts, deliveries } = message;
  if (deliveries.length === 0 || deliveries.length > MAX_RECIPIENTS) {
    throw new StoreError(
      'conflict',
      `${facts.id} has ${deliveries.length} recipients: 1 to ${MAX_RECIPIENTS} can be stored`,
    );
  }
  const accountKey = context.accounts.account(facts.accountId);
  const nowMs = facts.acceptedAtMs;
  // Looked up here and not by the acceptor: in the transaction it costs little, and none can come between.
  const reasons = deliveries.map(
    ({ recipient, suppressedBy }) =>
      suppressedBy ?? context.suppressions.reasonFor(accountKey, facts.stream, recipient, nowMs),
  );
  const unsettled = reasons.filter((reason) => reason === undefined).length;
  const draft = insertMessage(context, uploads, message, { accountKey, nowMs, unsettled });
  const byDestination = new Map<string, Numbered[]>();
  deliveries.forEach((delivery, index) => {
    const numbered = { number: index + 1, delivery };
    const reason = reasons[index];
    if (reason !== undefined) {
      insertSuppressed(context, draft, numbered, reason);
      return;
    }
    const group = byDestination.get(delivery.destination);
    if (group === undefined) byDestination.set(delivery.destination, [numbered]);
    else group.push(numbered);
  });
  queue(context, draft, byDestination);
  if (unsettled === deliveries.length) return NOBODY;
  return deliveries.flatMap(({ recipient }, index) => (reasons[index] === undefined ? [] : [recipient]));
}

function insertMessage(
  context: Context,
  uploads: Uploads,
  message: NewMessage,
  {
    accountKey,
    nowMs,
    unsettled,
  }: { readonly accountKey: number; readonly nowMs: number; readonly unsettled: number },
): Draft {
  const { facts, content, deliveries } = message;
  const credentialKey =
    facts.credentialId === undefined ? null : context.accounts.credential(facts.credentialId);
  const upload = content.kind === 'chunks' ? uploads.complete(content.upload, content.chunkCount) : undefined;
  const key = upload ?? context.transaction.takeMessageKey();
  const chunkCount =
    content.kind === 'chunks' ? content.chunkCount : context.contents.insertWhole(key, content.bytes);
  context.messages.insert({
    key,
    facts,
    accountKey,
    credentialKey,
    recipients: deliveries.length,
    unsettled,
    settledAtMs: unsettled === 0 ? nowMs : undefined,
    chunkCount,
  });
  if (credentialKey !== null) context.usage.count(credentialKey, facts.acceptedAtMs, deliveries.length);
  const subject = {
    accountKey,
    messageId: facts.id,
    stream: facts.stream,
    tags: tagsColumn(facts.tags),
    metadata: metadataColumn(facts.metadata),
  };
  const restriction: Restriction =
    facts.via === 'dsn'
      ? { kind: 'none' }
      : context.restrictions.restrictionOf(accountKey, facts.stream, unsettled, nowMs);
  const notBeforeMs = Math.max(facts.sendAtMs ?? 0, restriction.kind === 'later' ? restriction.dueAtMs : 0);
  const sendAtMs = notBeforeMs > nowMs ? Math.round(notBeforeMs) : undefined;
  const counted = countedMessage(facts);
  return { message, key, accountKey, subject, counted, nowMs, sendAtMs, restriction };
}

function insertSuppressed(
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
    claimEpoch: undefined,
    settledAtMs: nowMs,
    expiresAtMs: message.facts.expiresAtMs,
  });
  context.destinations.count(destination, 'suppressed', 1);
  const { acceptedAtMs } = message.facts;
  const { recipient, destination: name } = delivery;
  const event = { atMs: acceptedAtMs, subject, counted, number, recipient, destination: name };
  recordDeliveryEvent(context, { ...event, type: 'accepted', data: message.remarks });
  recordDeliveryEvent(context, { ...event, type: 'suppressed', data: { reason } });
}

function queue(
  context: Context,
  draft: Draft,
  byDestination: ReadonlyMap<string, readonly Numbered[]>,
): void {
  const { message, nowMs, sendAtMs } = draft;
  const held = draft.restriction.kind === 'hold';
  const { accountKey } = draft;
  const hasWaiting = ({ id }: Destination) => {
    const dueAtMs = context.deliveries.firstDueAtMs(id, accountKey);
    return dueAtMs !== undefined && dueAtMs <= nowMs;
  };
  let total = 0;
  const groups = [...byDestination].map(([name, numbered]) => {
    const destination = context.destinations.byName(name);
    const wanted = sendAtMs === undefined && !held ? numbered.length : 0;
    const granted = context.feed.grant(destination, {
      wanted,
      besides: total,
      nowMs,
      accountKey,
      hasWaiting,
    });
    total += granted;
    return { destination, now: numbered.slice(0, granted), later: numbered.slice(granted) };
  });
  const { content } = message;
  const inMemory =
    content.kind === 'whole' ? context.feed.holdContent(content.bytes.length, total) : undefined;
  for (const { destination, now, later } of groups) {
    if (now.length > 0) handOver(context, draft, destination, now, inMemory);
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

function handOver(
  context: Context,
  draft: Draft,
  destination: Destination,
  now: readonly Numbered[],
  held: HeldContent | undefined,
): void {
  const { message, key: messageKey, subject } = draft;
  const { facts, content } = message;
  const deliveries = now.map(({ number, delivery }): ClaimedDelivery => {
    const key = insert(context, draft, destination, { number, delivery }, 'queued', undefined);
    const { recipient } = delivery;
    context.feed.take({
      key,
      fence: 1,
      destination,
      recipient,
      state: 'queued',
      messageKey,
      subject,
      counted: draft.counted,
      content: held,
    });
    return {
      deliveryId: key,
      id: deliveryIdOf(facts.id, number),
      fence: 1,
      recipient,
      notify: delivery.notify,
      originalRecipient: delivery.originalRecipient,
      attempts: 0,
      state: 'queued',
      suppressedBy: undefined,
    };
  });
  context.destinations.count(destination, 'queued', now.length);
  const claim: Claim = {
    messageId: messageKey,
    contentId: messageKey,
    facts,
    destination: destination.name,
    deliveries,
    content: held === undefined || content.kind !== 'whole' ? undefined : content.bytes,
  };
  context.feed.handOver(claim);
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
    claimEpoch: dueAtMs === undefined && state !== 'held' ? context.epoch : undefined,
    settledAtMs: undefined,
    expiresAtMs: draft.message.facts.expiresAtMs,
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
