/**
 * Changes the time of a message that has not started yet. Its lifetime keeps its length, counted from the new time. A message
 * that becomes earlier is subject to the restrictions of its account and stream. In a transaction.
 */
import { isFinal, type DeliveryState } from '../../../policy/delivery-state.ts';
import { deliveryRange } from '../../flow/keys.ts';
import { selectMessage, type MessageRow } from '../../sql/queue/message-rows.ts';
import type { RestrictionStates } from '../../sql/statistics/restriction-states.ts';
import type { Session } from '../engine/session.ts';
import type { Changes } from '../spool/changes.ts';

interface Row {
  readonly id: number;
  readonly destination_id: number;
  readonly state: DeliveryState;
  readonly due_at: number | null;
}

export interface Rescheduling {
  readonly accountId: string;
  readonly messageId: string;
  readonly sendAtMs: number;
  readonly nowMs: number;
  /** Receives a function that returns the places in a pace. */
  readonly undo: (step: () => void) => void;
}

const KEY = 'SELECT id FROM message WHERE public_id = $1';
const MESSAGE = `${selectMessage()} WHERE m.public_id = $1 AND a.public_id = $2 FOR UPDATE OF m`;
const DELIVERIES = `SELECT id, destination_id, state, due_at FROM delivery WHERE id BETWEEN $1 AND $2
  ORDER BY id FOR UPDATE`;
const UPDATE_MESSAGE = 'UPDATE message SET send_at = $2, expires_at = $3 WHERE id = $1';
const UPDATE_DELIVERIES = `UPDATE delivery d SET state = v.state, due_at = v.due, expires_at = $4
  FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS v (id, state, due) WHERE d.id = v.id`;

/** The number of deliveries changed; 0 when the account has no such message, or it has started. */
export async function reschedule(
  session: Session,
  changes: Changes,
  restrictions: RestrictionStates,
  { accountId, messageId, sendAtMs, nowMs, undo }: Rescheduling,
): Promise<number> {
  const key = (await session.query<{ id: number }>(KEY, [messageId])).rows[0]?.id;
  if (key === undefined) return 0;
  // Deliveries first, in the order in which settling locks.
  const { rows } = await session.query<Row>(DELIVERIES, deliveryRange(key));
  const message = (await session.query<MessageRow>(MESSAGE, [messageId, accountId])).rows[0];
  if (message === undefined) return 0;
  const open = rows.filter(({ state }) => !isFinal(state));
  if (!open.every(({ state, due_at: dueAt }) => state === 'scheduled' && dueAt !== null)) return 0;
  if (open.length === 0) return 0;
  const startsAtMs = Math.round(Math.max(sendAtMs, nowMs));
  const expiresAtMs = startsAtMs + message.expires_at - (message.send_at ?? message.accepted_at);
  await session.query(UPDATE_MESSAGE, [message.id, startsAtMs, expiresAtMs]);
  const { account_id: accountKey, stream } = message;
  const restriction = restrictions.restrictionOf(accountKey, stream, open.length, nowMs, undo);
  const dueAtMs =
    restriction.kind === 'hold'
      ? undefined
      : Math.max(startsAtMs, restriction.kind === 'later' ? restriction.dueAtMs : 0);
  const state = dueAtMs === undefined ? 'held' : dueAtMs > nowMs ? 'scheduled' : 'queued';
  await session.query(UPDATE_DELIVERIES, [
    open.map(({ id }) => id),
    open.map(() => state),
    open.map(() => dueAtMs ?? null),
    expiresAtMs,
  ]);
  for (const { destination_id: id, state: before } of open) {
    if (state !== before) {
      changes.count({ id }, before, -1);
      changes.count({ id }, state, 1);
    }
    if (dueAtMs !== undefined) changes.due({ id }, dueAtMs);
  }
  return open.length;
}
