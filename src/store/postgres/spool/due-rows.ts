/**
 * Statements that claim due deliveries for the life of a node, each for many destinations at once. A row that another node is
 * claiming is skipped; the fence grows with each claim.
 *
 * Each is written so that one plan alone is cheap, the one along an index that stops after a few rows, whatever the planner
 * thinks of a destination's length: it takes a limit that it does not know for a tenth of all rows.
 */
import { binaryArray } from '../engine/binary-array.ts';
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import { DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import type { Session } from '../engine/session.ts';
import { DELIVERY_COLUMNS, EXPIRED_SEEN, type DeliveryRow } from '../../sql/spool/delivery-columns.ts';
import { EXPIRED_AGAIN_MS } from '../../flow/expired-share.ts';

/** A number of deliveries of a destination, of one account or of any. */
export interface Want {
  readonly destination: number;
  readonly account?: number;
  readonly limit: number;
}

/** After the claim. */
export interface ClaimedRow extends DeliveryRow {
  readonly destination_id: number;
}

interface Ordered extends ClaimedRow {
  /** The index of the want that it answers, and its position there. */
  readonly want: number;
  readonly place: number;
}

export interface ClaimFor {
  readonly nowMs: number;
  readonly life: number;
}

/** Accounts that one claim looks at in one destination; the next claim continues after them. */
const ACCOUNTS_A_TURN = 32;

/**
 * SQL of the due deliveries of an account at `v.destination`, in their order. Pairs are compared so that only the index of accounts gives that
 * order: the other one would pass over the deliveries of all other accounts.
 */
export const dueOf = (
  columns: string,
  account: string,
  nowMs: string,
  and = '',
) => `SELECT ${columns} FROM delivery
  WHERE destination_id = v.destination AND (account_id, due_at) BETWEEN (${account}, 0) AND (${account}, ${nowMs})
    AND due_at IS NOT NULL ${and}ORDER BY account_id, due_at`;

/** Accounts with waiting deliveries, found by skipping from one to the next in the index. */
const accountsBetween = (from: string, to: string) => `
  (WITH RECURSIVE next AS (
    (SELECT account_id, 1 AS place FROM delivery WHERE destination_id = v.destination AND account_id > ${from}
      AND ${to} AND due_at IS NOT NULL ORDER BY account_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.account_id FROM delivery d WHERE d.destination_id = v.destination AND d.account_id > next.account_id
      AND ${to.replaceAll('account_id', 'd.account_id')} AND d.due_at IS NOT NULL ORDER BY d.account_id LIMIT 1), place + 1
    FROM next WHERE next.account_id IS NOT NULL AND place < ${ACCOUNTS_A_TURN})
  SELECT account_id, place FROM next WHERE account_id IS NOT NULL)`;
const IN_TURN = `SELECT v.destination, a.account_id AS account, o.bulk FROM unnest($1::bigint[], $2::bigint[]) AS v (destination, turn)
  CROSS JOIN LATERAL (
    SELECT 0 AS half, b.* FROM ${accountsBetween('v.turn', 'true')} b
    UNION ALL SELECT 1, c.* FROM ${accountsBetween('0', 'account_id <= v.turn')} c) a
  CROSS JOIN LATERAL (${dueOf('bulk', 'a.account_id', '$3')} LIMIT 1) o
  ORDER BY v.destination, a.half, a.place`;

/** The array has the rows looked up by their key, and not joined with all there are. */
const claim = (picked: string, and = '') => `WITH picked AS MATERIALIZED (
    SELECT p.id, v.want, p.at FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY
      AS v (destination, account, wanted, want) CROSS JOIN LATERAL (${picked} LIMIT v.wanted FOR UPDATE SKIP LOCKED) p)
  UPDATE delivery d SET due_at = NULL, claim_life = $5, fence = d.fence + 1${and} FROM picked
  WHERE d.id = picked.id AND d.id = ANY (ARRAY(SELECT id FROM picked)) AND d.due_at IS NOT NULL
  RETURNING ${DELIVERY_COLUMNS.split(', ')
    .map((column) => `d.${column}`)
    .join(', ')}, d.destination_id, picked.want, picked.at AS place`;
const DUE = claim(dueOf('id, due_at AS at', 'v.account', '$4'));
const DUE_FIRST = claim(dueOf('id, due_at AS at', 'v.account', '$4', 'AND bulk IS NULL '));
/** No order among equal times: of a queue that is due at one moment, all would be sorted. */
const DUE_OF_ANY = claim(`SELECT id, due_at AS at FROM delivery
  WHERE destination_id = v.destination AND due_at <= $4 ORDER BY due_at`);
const EXPIRED_TRIED = claim(`SELECT id, expires_at AS at FROM delivery
  WHERE destination_id = v.destination AND expires_at <= $4 AND due_at IS NOT NULL AND attempts > 0 ORDER BY expires_at`);
/** What waits for a limit comes in its time. Rows that are looked through are not locked. */
const EXPIRED = claim(
  `SELECT id, expires_at AS at FROM delivery WHERE id = ANY (ARRAY(
    SELECT s.id FROM (SELECT id, due_at, waits_for FROM delivery
      WHERE destination_id = v.destination AND expires_at <= $4 AND due_at IS NOT NULL
      ORDER BY expires_at LIMIT ${EXPIRED_SEEN}) s
    WHERE s.waits_for IS NULL OR s.due_at <= $4)) ORDER BY expires_at`,
  `, expires_at = $4::bigint + ${String(EXPIRED_AGAIN_MS)}`,
);

/** The row of a message leads to its deliveries by their keys. */
const OVERDUE = `WITH picked AS MATERIALIZED (
    SELECT d.id FROM message m CROSS JOIN LATERAL (
      SELECT id FROM delivery WHERE id BETWEEN m.id * ${DELIVERIES_PER_MESSAGE} AND m.id * ${DELIVERIES_PER_MESSAGE} + ${DELIVERIES_PER_MESSAGE - 1}
        AND (due_at IS NOT NULL OR state = 'held') ORDER BY id) d
    WHERE m.by_mode = 'return' AND m.settled_at IS NULL AND m.deliver_by <= $1 ORDER BY m.deliver_by LIMIT $2)
  UPDATE delivery d SET due_at = NULL, claim_life = $3, fence = d.fence + 1,
    state = CASE WHEN d.state <> 'held' THEN d.state WHEN d.attempts > 0 THEN 'deferred' ELSE 'queued' END
  FROM (SELECT l.id, l.state FROM delivery l WHERE l.id = ANY (ARRAY(SELECT id FROM picked)) ORDER BY l.id FOR UPDATE SKIP LOCKED) v
  WHERE d.id = v.id AND d.claim_life IS NULL AND (d.due_at IS NOT NULL OR d.state = 'held')
  RETURNING ${DELIVERY_COLUMNS.split(', ')
    .map((column) => `d.${column}`)
    .join(', ')}, d.destination_id, v.state AS before`;
const NEXT_DEADLINE = `SELECT deliver_by AS at FROM message
  WHERE by_mode = 'return' AND settled_at IS NULL AND deliver_by > $1 ORDER BY deliver_by LIMIT 1`;

/** `before`: the state that it had; what is held is not held any more. */
export interface OverdueRow extends ClaimedRow {
  readonly before: DeliveryState;
}

/** Claims what had to arrive by a time that is over, held or not. */
export async function claimOverdue(
  session: Session,
  limit: number,
  { nowMs, life }: ClaimFor,
): Promise<readonly OverdueRow[]> {
  const { rows } = await session.query<OverdueRow>(OVERDUE, [nowMs, limit, life]);
  return [...rows].sort((one, other) => one.id - other.id);
}

/** When the next one has to arrive; `undefined`: none has to. */
export async function nextDeadlineMs(session: Session, nowMs: number): Promise<number | undefined> {
  return (await session.query<{ at: number }>(NEXT_DEADLINE, [nowMs])).rows[0]?.at;
}

/** An account with due deliveries in a destination. */
export interface DueAccount {
  readonly account: number;
  /** The longest due is bulk: what is not may wait behind it. */
  readonly bulk: boolean;
}

/** By destination, the accounts with due deliveries, beginning after the one that was served last. */
export async function accountsInTurn(
  session: Session,
  turns: readonly (readonly [destination: number, account: number])[],
  nowMs: number,
): Promise<Map<number, DueAccount[]>> {
  const { rows } = await session.query<{ destination: number; account: number; bulk: number | null }>(
    IN_TURN,
    [
      binaryArray(
        'bigint',
        turns.map(([destination]) => destination),
      ),
      binaryArray(
        'bigint',
        turns.map(([, account]) => account),
      ),
      nowMs,
    ],
  );
  const accounts = new Map<number, DueAccount[]>();
  for (const { destination, account, bulk } of rows) {
    const one = { account, bulk: bulk === 1 };
    const found = accounts.get(destination);
    if (found === undefined) accounts.set(destination, [one]);
    else if (found.length < ACCOUNTS_A_TURN) found.push(one);
  }
  return accounts;
}

/** Expired deliveries of any account, due or not; longest expired first. They are none of these for a while then. */
export function claimExpired(session: Session, wants: readonly Want[], claimFor: ClaimFor) {
  return run(session, EXPIRED, wants, claimFor);
}

/** The same of those that were tried: they end, and do not wait behind what is still to be tried once. */
export function claimExpiredTried(session: Session, wants: readonly Want[], claimFor: ClaimFor) {
  return run(session, EXPIRED_TRIED, wants, claimFor);
}

/** Due deliveries, longest due first. Either all of `wants` name an account or none does. */
export function claimDue(session: Session, wants: readonly Want[], claimFor: ClaimFor) {
  const text = wants[0]?.account === undefined ? DUE_OF_ANY : DUE;
  return run(session, text, wants, claimFor);
}

/** Due deliveries of accounts that are not bulk, longest due first. */
export function claimFirst(session: Session, wants: readonly Want[], claimFor: ClaimFor) {
  return run(session, DUE_FIRST, wants, claimFor);
}

async function run(
  session: Session,
  text: string,
  all: readonly Want[],
  { nowMs, life }: ClaimFor,
): Promise<readonly ClaimedRow[]> {
  const wants = all.filter(({ limit }) => limit > 0);
  if (wants.length === 0) return [];
  const column = (of: (want: Want) => number | undefined) => binaryArray('bigint', wants.map(of));
  const values = [
    column(({ destination }) => destination),
    column(({ account }) => account),
    column(({ limit }) => limit),
  ];
  const { rows } = await session.query<Ordered>(text, [...values, nowMs, life]);
  return [...rows].sort((a, b) => a.want - b.want || a.place - b.place || a.id - b.id);
}
