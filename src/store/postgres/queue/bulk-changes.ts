/**
 * Applies an operator's bulk change to deliveries: new state and due time, the counters of their destinations, and the events
 * of cancelled ones; claimed ones get a wish. A fixed number of statements, whatever the number of deliveries. In a transaction.
 */
import { isFinal } from '../../../policy/delivery-state.ts';
import { parseDeliveryId } from '../../public-ids.ts';
import { deliveryKey, deliveryRange, messageKeyOf, recipientNumberOf } from '../../flow/keys.ts';
import { countedMessage } from '../../flow/subject.ts';
import {
  CANCEL,
  EVER,
  HOLD,
  outcomeOf,
  type BulkChange,
  type BulkOutcome,
  type Wish,
} from '../../sql/queue/bulk-change.ts';
import { factsOf, selectMessage, type MessageRow } from '../../sql/queue/message-rows.ts';
import type { Session } from '../engine/session.ts';
import type { Changes } from '../spool/changes.ts';
import {
  claimedKeys,
  countDue,
  heldRows,
  rowsHeldBySuspension,
  rowsHeldForAccounts,
  rowsOfKeys,
  rowsOfRanges,
  waitingRows,
  type BulkRow,
} from './bulk-rows.ts';

export interface BulkScope {
  readonly accountKey: number | undefined;
  readonly destination: string | undefined;
  /** What a worker has in hand is not meant. */
  readonly leavesClaimed: boolean;
  readonly nowMs: number;
  /** Deliveries with this key or a higher one were accepted after the command and are left alone. */
  readonly beforeKey: number;
  /** It ends when it has changed so many: others undo it. */
  readonly most: number;
}

/** One transaction of a bulk change, and its changes besides the deliveries themselves. */
export interface BulkContext {
  readonly session: Session;
  readonly changes: Changes;
  readonly change: BulkChange;
  readonly scope: BulkScope;
}

/** Progress of a bulk change. `behind`: where to continue; `undefined`: done. */
export interface Progress {
  readonly changed: number;
  readonly behind: number | undefined;
}

/** Whatever is asked for. */
export const EVERYTHING = {
  accountKey: undefined,
  destination: undefined,
  leavesClaimed: true,
  beforeKey: Number.MAX_SAFE_INTEGER,
  most: Infinity,
};

/** Looked at in one transaction. */
const CLAIMED_A_STEP = 1_000;
const DESTINATIONS_A_STEP = 200;

const MESSAGE_KEY = 'SELECT id FROM message WHERE public_id = $1';
const DESTINATIONS = `SELECT id FROM destination WHERE id > $1 ORDER BY id LIMIT ${DESTINATIONS_A_STEP}`;
const DESTINATION = 'SELECT id FROM destination WHERE name = $1';
/** Locked in this order, whatever the rest of the transaction does with them. */
const LOCK_DESTINATIONS =
  'SELECT id FROM destination WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE';
const UNBLOCK = `UPDATE destination SET blocked_until = NULL, failures = 0, waits_for = NULL
  WHERE id = ANY ($1::bigint[]) AND blocked_until IS NOT NULL RETURNING id`;
const UPDATE = `UPDATE delivery d SET state = v.state, due_at = v.due, settled_at = v.settled, waits_for = $5, wish = NULL
  FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[]) AS v (id, state, due, settled) WHERE d.id = v.id`;
const WISH = `UPDATE delivery d SET wish = v.wish FROM unnest($1::bigint[], $2::text[]) AS v (id, wish) WHERE d.id = v.id`;
const ROUTE = 'UPDATE delivery SET reroute = $2, held_by = NULL WHERE id = ANY ($1::bigint[])';
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

/** Changes those of `keys` that the change still means. Resolves to the number changed. */
export async function changeKeys(context: BulkContext, keys: readonly number[]): Promise<number> {
  return changeRows(context, await rowsOfKeys(context.session, keys));
}

/** Gives wishes to claimed deliveries with a key above `behind`. */
export async function changeClaimed(context: BulkContext, behind: number): Promise<Progress> {
  const { session, scope } = context;
  const place = { behind, before: scope.beforeKey, limit: CLAIMED_A_STEP };
  const keys = await claimedKeys(session, place);
  const claimed = (await rowsOfKeys(session, keys)).filter((row) => row.claim_life !== null);
  const changed = await changeRows(context, claimed);
  return { changed, behind: keys.length < CLAIMED_A_STEP ? undefined : keys.at(-1) };
}

/** Fulfils the wishes of those of `keys` whose claims are gone. */
export async function fulfilWishes(
  { session, changes }: Pick<BulkContext, 'session' | 'changes'>,
  keys: readonly number[],
  nowMs: number,
): Promise<void> {
  const rows = (await rowsOfKeys(session, keys)).filter((row) => row.claim_life === null);
  for (const change of [HOLD, CANCEL]) {
    const wished = rows.filter(({ wish }) => wish === change.name);
    await apply({ session, changes, change, scope: { ...EVERYTHING, nowMs } }, wished);
  }
}

/** Changes deliveries of the destinations after the one with that key, or of the selected one. */
export async function changeBeneath(context: BulkContext, behind: number): Promise<Progress> {
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
  const held = { ...beneath, limit: room - rows.length };
  if (change.ofSuspension === true) rows.push(...(await rowsHeldBySuspension(session, held)));
  else if (change.held && rows.length < room) rows.push(...(await heldRows(session, held)));
  if (change.marksSuspended === true && rows.length < room)
    rows.push(...(await rowsHeldForAccounts(session, held)));
  const unblocked = change.name === 'retry' ? await unblock(session, destinations) : [];
  const lifted = unblocked.length === 0 ? 0 : await countDue(session, unblocked, nowMs);
  // Some may have been claimed a moment ago.
  const unclaimed = rows.filter((row) => row.claim_life === null);
  await apply(context, unclaimed);
  const changed = unclaimed.length + lifted;
  // The limit was reached: there may be more.
  if (rows.length >= room) return { changed, behind };
  const more = only === undefined && destinations.length === DESTINATIONS_A_STEP;
  return { changed, behind: more ? destinations.at(-1) : undefined };
}

async function changeRanges(
  context: BulkContext,
  ranges: readonly (readonly [first: number, last: number])[],
): Promise<number> {
  return changeRows(context, await rowsOfRanges(context.session, ranges));
}

/** Of these, the ones that are meant. */
async function changeRows(context: BulkContext, rows: readonly BulkRow[]): Promise<number> {
  const { session, change, scope } = context;
  const meant = rows.filter(
    (row) =>
      row.id < scope.beforeKey &&
      (scope.accountKey === undefined || row.account_id === scope.accountKey) &&
      (scope.destination === undefined || row.destination === scope.destination),
  );
  const unclaimed = meant.filter(
    (row) =>
      row.claim_life === null &&
      (row.due_at === null
        ? (change.held && row.state === 'held') ||
          (change.marksSuspended === true && row.held_for_account === 1)
        : change.waitingAfter(EVER) !== undefined),
  );
  if (change.name === 'retry')
    await unblock(session, [...new Set(unclaimed.map((row) => row.destination_id))]);
  await apply(context, unclaimed);
  if (scope.leavesClaimed) return unclaimed.length;
  const wished = meant.filter((row) => row.claim_life !== null && change.wish(row.wish) !== undefined);
  await writeWishes(session, wished, (before) => change.wish(before) ?? null);
  await choose(context, wished);
  return unclaimed.length + wished.length;
}

async function writeWishes(
  session: Session,
  rows: readonly BulkRow[],
  wishOf: (before: Wish | null) => Wish | null,
): Promise<void> {
  if (rows.length > 0)
    await session.query(WISH, [rows.map(({ id }) => id), rows.map(({ wish }) => wishOf(wish))]);
}

/** The route that an operator chose. */
async function choose({ session, change }: BulkContext, rows: readonly BulkRow[]): Promise<void> {
  if (change.route !== undefined && rows.length > 0)
    await session.query(ROUTE, [rows.map(({ id }) => id), change.route]);
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
    change.waitsFor ?? null,
  ]);
  await choose(context, rows);
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
