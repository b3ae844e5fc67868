/**
 * The one statement that ends a claim, where the claim is still valid. It also checks whether account or stream is held, or an
 * operator wishes something of the delivery, so that what returns unfinished meanwhile becomes that.
 */
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import { HELD_APART } from '../../sql/queue/bulk-change.ts';
import { binaryArray } from '../engine/binary-array.ts';
import type { Session } from '../engine/session.ts';

export interface SettleRow {
  readonly key: number;
  readonly fence: number;
  readonly accountKey: number;
  readonly stream: string;
  /** It may be held instead: the state is not final, and the message is not the relay's own. */
  readonly mayHold: boolean;
  readonly state: DeliveryState;
  readonly dueAtMs: number | undefined;
  readonly counted: number;
  readonly settledAtMs: number | undefined;
  readonly nowMs: number;
  readonly tellsDelay: boolean;
  /** The route that holds it. */
  readonly heldBy: string | undefined;
  /** The limit that it waits for, in words. */
  readonly waitsFor: string | undefined;
}

export interface SettledRow {
  readonly id: number;
  readonly state: DeliveryState;
  readonly due_at: number | null;
}

/** A final state stands, whatever was wished. */
const STATE = `CASE WHEN v.settled IS NOT NULL OR d.wish IS NULL OR d.wish = 'retry' THEN v.state
  WHEN d.wish = 'cancel' THEN 'cancelled' ELSE 'held' END`;
const SETTLE = `UPDATE delivery d SET state = ${STATE}, claim_life = NULL, wish = NULL, attempts = d.attempts + v.counted,
    due_at = CASE WHEN v.state = 'held' OR d.wish IN ('hold', 'cancel') THEN NULL
      WHEN d.wish = 'retry' AND v.settled IS NULL THEN v.now ELSE v.due END,
    settled_at = CASE WHEN d.wish = 'cancel' THEN coalesce(v.settled, v.now) ELSE v.settled END,
    delay_told = greatest(d.delay_told, v.told), held_by = coalesce(v.held_by, d.held_by),
    waits_for = CASE WHEN d.wish IS NULL THEN v.waits_for WHEN d.wish = 'hold' AND v.settled IS NULL THEN '${HELD_APART}' END
  FROM (SELECT u.id, u.fence, u.due, u.counted, u.settled, u.told, u.held_by, u.now, u.waits_for, CASE WHEN u.may_hold = 1 AND (EXISTS (
      SELECT 1 FROM health_state h WHERE h.level = 'hold' AND h.account_id = u.account AND h.stream IN ('', u.stream))
      OR EXISTS (SELECT 1 FROM suspension s JOIN account a ON a.public_id = s.subject
        WHERE s.kind = 'account' AND a.id = u.account))
      THEN 'held' ELSE u.state END AS state
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::bigint[],
      $8::bigint[], $9::bigint[], $10::bigint[], $12::text[], $13::bigint[], $14::text[])
      AS u (id, fence, account, stream, may_hold, state, due, counted, settled, told, held_by, now,
        waits_for)) v
  WHERE d.id = v.id AND d.fence = v.fence AND d.claim_life = $11 RETURNING d.id, d.state, d.due_at`;

const BEFORE = `SELECT d.id, d.state, d.due_at FROM unnest($1::bigint[], $2::bigint[]) AS v (id, fence)
  JOIN delivery d ON d.id = v.id AND d.fence = v.fence WHERE d.claim_life IS NULL`;

/** Those that were settled before under the same claim. */
export async function settledBefore(
  session: Session,
  rows: readonly SettleRow[],
): Promise<readonly SettledRow[]> {
  const keys = binaryArray(
    'bigint',
    rows.map(({ key }) => key),
  );
  const fences = binaryArray(
    'bigint',
    rows.map(({ fence }) => fence),
  );
  return (await session.query<SettledRow>(BEFORE, [keys, fences])).rows;
}

/** Those whose claim was valid, each with its new state. */
export async function settleRows(
  session: Session,
  rows: readonly SettleRow[],
  life: number,
): Promise<readonly SettledRow[]> {
  if (rows.length === 0) return [];
  const sorted = [...rows].sort((one, other) => one.key - other.key);
  const numbers = (of: (row: SettleRow) => number | undefined) => binaryArray('bigint', sorted.map(of));
  const texts = (of: (row: SettleRow) => string | undefined) => binaryArray('text', sorted.map(of));
  const { rows: settled } = await session.query<SettledRow>(SETTLE, [
    numbers(({ key }) => key),
    numbers(({ fence }) => fence),
    numbers(({ accountKey }) => accountKey),
    texts(({ stream }) => stream),
    numbers(({ mayHold }) => (mayHold ? 1 : 0)),
    texts(({ state }) => state),
    numbers(({ dueAtMs }) => dueAtMs),
    numbers(({ counted }) => counted),
    numbers(({ settledAtMs }) => settledAtMs),
    numbers(({ tellsDelay }) => (tellsDelay ? 1 : 0)),
    life,
    texts(({ heldBy }) => heldBy),
    numbers(({ nowMs }) => nowMs),
    texts(({ waitsFor }) => waitsFor),
  ]);
  return settled;
}
