/**
 * SQL that finds the deliveries of a bulk change, by destination or by key, and locks them until the commit: as they are then,
 * claimed or not.
 */
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import { DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import {
  HELD_BY_SUSPENSION,
  heldForAccount,
  SUSPENDED_ACCOUNTS,
  type Wish,
} from '../../sql/queue/bulk-change.ts';
import type { Session } from '../engine/session.ts';

export interface BulkRow {
  readonly id: number;
  readonly destination_id: number;
  readonly destination: string;
  readonly account_id: number;
  readonly state: DeliveryState;
  readonly due_at: number | null;
  readonly attempts: number;
  readonly recipient: string;
  readonly send_at: number | null;
  /** `null`: it is not claimed. */
  readonly claim_life: number | null;
  readonly wish: Wish | null;
  /** 1: it is held for nothing but a suspension of its account, which goes on. */
  readonly held_for_account: number;
}

/** For those destinations and that account (`undefined`: any), with a key below `beforeKey`, `limit` of them. */
export interface Beneath {
  readonly destinations: readonly number[];
  readonly accountKey: number | undefined;
  readonly beforeKey: number;
  readonly limit: number;
}

const EACH =
  'SELECT r.id FROM unnest($1::bigint[]) AS t (id) CROSS JOIN LATERAL (SELECT d.id FROM delivery d WHERE';
const OF_DESTINATION = 'd.destination_id = t.id AND d.id < $2';
const waiting = (account: string) =>
  `${EACH} ${OF_DESTINATION} ${account} AND d.due_at > $4 ORDER BY d.due_at LIMIT $3) r LIMIT $3`;
const held = (account: string) =>
  `${EACH} ${OF_DESTINATION} ${account} AND d.state = 'held' LIMIT $3) r LIMIT $3`;
const WAITING = waiting('');
const WAITING_OF_ACCOUNT = waiting('AND d.account_id = $5');
const HELD = held('');
const HELD_OF_ACCOUNT = held('AND d.account_id = $4');
const HELD_FOR_ACCOUNTS = held(
  `AND d.account_id IN (${SUSPENDED_ACCOUNTS}) AND ($4::bigint IS NULL OR d.account_id = $4) AND ${HELD_BY_SUSPENSION}`,
);
const HELD_FOR_NOTHING_ELSE = held(`AND d.account_id = $4 AND ${HELD_BY_SUSPENSION}`);

const COLUMNS = `d.id, d.destination_id, t.name AS destination, d.account_id, d.state, d.due_at, d.attempts, d.recipient,
  d.claim_life, d.wish, ${heldForAccount('d')} AS held_for_account,
  (SELECT send_at FROM message WHERE id = d.id / ${DELIVERIES_PER_MESSAGE}) AS send_at`;
const OPEN = `d.settled_at IS NULL ORDER BY d.id FOR UPDATE OF d`;
const LOCKED = `SELECT ${COLUMNS} FROM delivery d JOIN destination t ON t.id = d.destination_id
  WHERE d.id = ANY ($1::bigint[]) AND ${OPEN}`;
const OF_RANGES = `SELECT ${COLUMNS} FROM unnest($1::bigint[], $2::bigint[]) AS r (first, last)
  JOIN delivery d ON d.id BETWEEN r.first AND r.last JOIN destination t ON t.id = d.destination_id
  WHERE ${OPEN}`;
const COUNT_DUE =
  'SELECT count(*) AS due FROM delivery WHERE destination_id = ANY ($1::bigint[]) AND due_at <= $2';
const CLAIMED = `SELECT id FROM delivery WHERE claim_life IS NOT NULL AND id > $1 AND id < $2 ORDER BY id LIMIT $3`;

/** Due after that time. */
export async function waitingRows(
  session: Session,
  of: Beneath,
  afterMs: number,
): Promise<readonly BulkRow[]> {
  const { destinations, accountKey, beforeKey, limit } = of;
  const values = [destinations, beforeKey, limit, afterMs];
  return accountKey === undefined
    ? locked(session, WAITING, values)
    : locked(session, WAITING_OF_ACCOUNT, [...values, accountKey]);
}

export async function heldRows(session: Session, of: Beneath): Promise<readonly BulkRow[]> {
  const { destinations, accountKey, beforeKey, limit } = of;
  const values = [destinations, beforeKey, limit];
  return accountKey === undefined
    ? locked(session, HELD, values)
    : locked(session, HELD_OF_ACCOUNT, [...values, accountKey]);
}

/** For nothing but a suspension of the account. */
export async function rowsHeldBySuspension(session: Session, of: Beneath): Promise<readonly BulkRow[]> {
  const { destinations, accountKey, beforeKey, limit } = of;
  return locked(session, HELD_FOR_NOTHING_ELSE, [destinations, beforeKey, limit, accountKey]);
}

/** For nothing but a suspension of their accounts, which go on. */
export async function rowsHeldForAccounts(session: Session, of: Beneath): Promise<readonly BulkRow[]> {
  const { destinations, accountKey, beforeKey, limit } = of;
  return locked(session, HELD_FOR_ACCOUNTS, [destinations, beforeKey, limit, accountKey ?? null]);
}

/** With a key in one of `ranges`, bounds included. */
export async function rowsOfRanges(
  session: Session,
  ranges: readonly (readonly [first: number, last: number])[],
): Promise<readonly BulkRow[]> {
  const values = [ranges.map(([first]) => first), ranges.map(([, last]) => last)];
  return (await session.query<BulkRow>(OF_RANGES, values)).rows;
}

/** In the destinations, due at that time. */
export async function countDue(
  session: Session,
  destinations: readonly number[],
  nowMs: number,
): Promise<number> {
  return (await session.query<{ due: number }>(COUNT_DUE, [destinations, nowMs])).rows[0]?.due ?? 0;
}

/** Claimed, with a key above `behind` and below `before`, in order: not locked. */
export async function claimedKeys(
  session: Session,
  { behind, before, limit }: { readonly behind: number; readonly before: number; readonly limit: number },
): Promise<readonly number[]> {
  const { rows } = await session.query<{ id: number }>(CLAIMED, [behind, before, limit]);
  return rows.map(({ id }) => id);
}

/** The deliveries with these keys that are not settled, locked. */
export async function rowsOfKeys(session: Session, keys: readonly number[]): Promise<readonly BulkRow[]> {
  return keys.length === 0 ? [] : (await session.query<BulkRow>(LOCKED, [keys])).rows;
}

/** The rows of `text`, locked. */
async function locked(
  session: Session,
  text: string,
  values: readonly unknown[],
): Promise<readonly BulkRow[]> {
  const { rows } = await session.query<{ id: number }>(text, values);
  return rowsOfKeys(
    session,
    rows.map(({ id }) => id),
  );
}
