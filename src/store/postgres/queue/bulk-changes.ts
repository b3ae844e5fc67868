/**
 * Applies an operator's bulk change to deliveries: new state and due time, the counters of their destinations, and the events
 * of cancelled ones. A fixed number of statements, whatever the number of deliveries. In a transaction.
 */
import { isFinal } from '../../../policy/delivery-state.ts';
import { parseDeliveryId } from '../../public-ids.ts';
import { deliveryKey, deliveryRange, messageKeyOf, recipientNumberOf } from '../../flow/keys.ts';
import { countedMessage } from '../../flow/subject.ts';
import { EVER, outcomeOf, type BulkChange, type BulkOutcome } from '../../sql/queue/bulk-change.ts';
import { factsOf, selectMessage, type MessageRow } from '../../sql/queue/message-rows.ts';
import type { Session } from '../engine/session.ts';
import type { Changes } from '../spool/changes.ts';
import { countDue, heldRows, openMessages, rowsOfRanges, waitingRows, type BulkRow } from './bulk-rows.ts';

export interface BulkScope {
  readonly accountKey: number | undefined;
  readonly destination: string | undefined;
  readonly stream: string | undefined;
  readonly nowMs: number;
  /** Deliveries with this key or a higher one were accepted after the command and are left alone. */
  readonly beforeKey: number;
}

/** One transaction of a bulk change, and its changes besides the deliveries themselves. */
export interface BulkContext {
  readonly session: Session;
  readonly changes: Changes;
  readonly change: BulkChange;
  readonly scope: BulkScope;
}

/** Progress of a bulk change. `behind`: where to continue; `undefined`: done. */
export interface Progress<Place> {
  readonly changed: number;
  readonly behind: Place | undefined;
}

/** Looked at in one transaction. */
const MESSAGES_A_STEP = 500;
const DESTINATIONS_A_STEP = 200;

const MESSAGE_KEY = 'SELECT id FROM message WHERE public_id = $1';
const DESTINATIONS = `SELECT id FROM destination WHERE id > $1 ORDER BY id LIMIT ${DESTINATIONS_A_STEP}`;
const DESTINATION = 'SELECT id FROM destination WHERE name = $1';
/** Locked in this order, whatever the rest of the transaction does with them. */
const LOCK_DESTINATIONS =
  'SELECT id FROM destination WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE';
const UNBLOCK = `UPDATE destination SET blocked_until = NULL, failures = 0, waits_for = NULL
  WHERE id = ANY ($1::bigint[]) AND blocked_until IS NOT NULL RETURNING id`;
const UPDATE = `UPDATE delivery d SET state = v.state, due_at = v.due, settled_at = v.settled, waits_for = NULL
  FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[]) AS v (id, state, due, settled) WHERE d.id = v.id`;
const MESSAGES = `${selectMessage()} WHERE m.id = ANY ($1::bigint[])`;

/** Changes deliveries of the message or delivery `id`. Resolves to the number changed. */
export async function changeById(context: BulkContext, id: string): Promise<number> {
  const delivery = parseDeliveryId(id);
  const { rows } = await context.session.query<{ id: number }>(MESSAGE_KEY, [delivery?.messageId ?? id]);
  const messageKey = rows[0]?.id;
  if (messageKey === undefined) return 0;
  const key = delivery === undefined ? undefined : deliveryKey(messageKey, delivery.number);
  return changeRanges(context, [key === undefined ? deliveryRange(messageKey) : [key, key]]);
}

/**
 * Changes open messages of the stream after the one with that id, in order, a bounded number at a time: no index leads from a
 * stream to its deliveries.
 */
export async function changeOpenMessages(context: BulkContext, behind: string): Promise<Progress<string>> {
  const { session, change, scope } = context;
  const messages = await openMessages(session, behind, MESSAGES_A_STEP);
  const meant: number[] = [];
  let recipients = 0;
  for (const message of messages) {
    const isMeant =
      message.stream === scope.stream &&
      (scope.accountKey === undefined || message.account_id === scope.accountKey);
    if (!isMeant) continue;
    meant.push(message.id);
    recipients += message.recipients;
    if (recipients < change.rowsAStep) continue;
    return { changed: await changeRanges(context, meant.map(deliveryRange)), behind: message.public_id };
  }
  const changed = meant.length === 0 ? 0 : await changeRanges(context, meant.map(deliveryRange));
  return { changed, behind: messages.length < MESSAGES_A_STEP ? undefined : messages.at(-1)?.public_id };
}

/** Changes deliveries of the destinations after the one with that key, or of the selected one. */
export async function changeBeneath(context: BulkContext, behind: number): Promise<Progress<number>> {
  const { session, change, scope } = context;
  const { destination: only, accountKey, nowMs, beforeKey } = scope;
  const found =
    only === undefined
      ? await session.query<{ id: number }>(DESTINATIONS, [behind])
      : await session.query<{ id: number }>(DESTINATION, [only]);
  const destinations = found.rows.map(({ id }) => id);
  if (destinations.length === 0) return { changed: 0, behind: undefined };
  const room = change.rowsAStep;
  const beneath = { destinations, accountKey, beforeKey, limit: room };
  const after = change.waitingAfter(nowMs);
  const rows: BulkRow[] = [];
  if (after !== undefined) rows.push(...(await waitingRows(session, beneath, after)));
  if (change.held && rows.length < room)
    rows.push(...(await heldRows(session, { ...beneath, limit: room - rows.length })));
  const unblocked = change.name === 'retry' ? await unblock(session, destinations) : [];
  const lifted = unblocked.length === 0 ? 0 : await countDue(session, unblocked, nowMs);
  await apply(context, rows);
  const changed = rows.length + lifted;
  // The limit was reached: there may be more.
  if (rows.length >= room) return { changed, behind };
  const more = only === undefined && destinations.length === DESTINATIONS_A_STEP;
  return { changed, behind: more ? destinations.at(-1) : undefined };
}

async function changeRanges(
  context: BulkContext,
  ranges: readonly (readonly [first: number, last: number])[],
): Promise<number> {
  const { session, change, scope } = context;
  const meant = (await rowsOfRanges(session, ranges)).filter(
    (row) =>
      row.id < scope.beforeKey &&
      (row.due_at === null ? change.held : change.waitingAfter(EVER) !== undefined) &&
      (scope.accountKey === undefined || row.account_id === scope.accountKey) &&
      (scope.destination === undefined || row.destination === scope.destination),
  );
  if (change.name === 'retry') await unblock(session, [...new Set(meant.map((row) => row.destination_id))]);
  await apply(context, meant);
  return meant.length;
}

/** Returns those that were blocked: their due deliveries can go now. */
async function unblock(session: Session, destinations: readonly number[]): Promise<readonly number[]> {
  if (destinations.length === 0) return [];
  await session.query(LOCK_DESTINATIONS, [destinations]);
  const { rows } = await session.query<{ id: number }>(UNBLOCK, [destinations]);
  return rows.map(({ id }) => id);
}

async function apply(context: BulkContext, rows: readonly BulkRow[]): Promise<void> {
  if (rows.length === 0) return;
  const { session, change, changes, scope } = context;
  const outcomes = rows.map(
    (row) => [row, outcomeOf(change, row, scope.nowMs, () => row.send_at ?? undefined)] as const,
  );
  const column = <T>(of: (row: BulkRow, outcome: BulkOutcome) => T) =>
    outcomes.map(([row, outcome]) => of(row, outcome));
  await session.query(UPDATE, [
    column(({ id }) => id),
    column((_, { state }) => state),
    column((_, { dueAtMs }) => dueAtMs ?? null),
    column((_, { state }) => (isFinal(state) ? scope.nowMs : null)),
  ]);
  for (const [row, { state, dueAtMs }] of outcomes) {
    const destination = { id: row.destination_id };
    if (state !== row.state) {
      changes.count(destination, row.state, -1);
      changes.count(destination, state, 1);
    }
    if (dueAtMs !== undefined) changes.due(destination, dueAtMs);
  }
  if (change.name === 'cancel') await cancelled(context, rows);
}

async function cancelled({ session, changes, scope }: BulkContext, rows: readonly BulkRow[]): Promise<void> {
  const keys = [...new Set(rows.map(({ id }) => messageKeyOf(id)))];
  const found = await session.query<MessageRow>(MESSAGES, [keys]);
  const messages = new Map(found.rows.map((row) => [row.id, row]));
  for (const row of rows) {
    const key = messageKeyOf(row.id);
    const message = messages.get(key);
    if (message === undefined) continue;
    const { public_id: messageId, stream, tags, metadata } = message;
    const count = (changes.finished.get(key)?.count ?? 0) + 1;
    changes.finished.set(key, { count, atMs: scope.nowMs });
    changes.event({
      type: 'cancelled',
      atMs: scope.nowMs,
      subject: { accountKey: row.account_id, messageId, stream, tags, metadata },
      counted: countedMessage(factsOf(message)),
      number: recipientNumberOf(row.id),
      recipient: row.recipient,
      destination: row.destination,
      data: undefined,
    });
  }
}
