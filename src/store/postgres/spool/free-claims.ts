/**
 * Frees the claims of ended lives: due now, for whoever claims next; those that an operator wants to hold or to cancel are due no
 * more (queue/recalls.ts). In chunks, so that transactions stay short. Later writes
 * of such a life change nothing: its claims are gone, and each new claim has a higher fence.
 */
import { DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import type { Database } from '../engine/database.ts';
import { inOrder } from './questions.ts';
import { changeDestinations, holdStill } from './destinations.ts';
import type { Session } from '../engine/session.ts';

const ROWS_A_STEP = 1_000;

/** What was claimed for its end, and not looked at, is claimed for it again. */
const freeAt = (now: string) => `claim_life = NULL, wish = nullif(wish, 'retry'),
  expires_at = (SELECT m.expires_at FROM message m WHERE m.id = delivery.id / ${DELIVERIES_PER_MESSAGE}),
  due_at = CASE WHEN wish IN ('hold', 'cancel') THEN NULL ELSE ${now} END`;
const FREE = `UPDATE delivery SET ${freeAt('$2::bigint')} WHERE id IN (
    SELECT id FROM delivery WHERE claim_life = ANY($1::bigint[]) ORDER BY id LIMIT ${ROWS_A_STEP} FOR UPDATE SKIP LOCKED)
  RETURNING destination_id`;
const DOOM = 'UPDATE upload SET name = NULL, life_id = 0 WHERE life_id = ANY($1::bigint[])';
/** Claims of this life that no worker has: made by a commit whose answer was lost. */
const FREE_OTHERS = `UPDATE delivery SET ${freeAt('$3::bigint')} WHERE claim_life = $1 AND NOT (id = ANY($2::bigint[]))
  RETURNING destination_id`;
const ENDED_OF_NODE = `SELECT id FROM node_life WHERE node_id = $1 AND ended_at IS NOT NULL`;

/** The number freed. */
export async function freeClaimsOf(
  database: Database,
  lives: readonly number[],
  nowMs: number,
): Promise<number> {
  if (lives.length === 0) return 0;
  await database.transaction((session) => session.query(DOOM, [lives]));
  let all = 0;
  for (;;) {
    const freed = await database.transaction((session) => free(session, FREE, [lives, Math.round(nowMs)]));
    all += freed;
    if (freed < ROWS_A_STEP) return all;
  }
}

/** Of earlier lives of a node: a name belongs to one process at a time. */
export async function freeEarlierClaims(database: Database, nodeKey: number, nowMs: number): Promise<number> {
  const ended = await database.read((session) => session.query<{ id: number }>(ENDED_OF_NODE, [nodeKey]));
  return freeClaimsOf(
    database,
    ended.rows.map(({ id }) => id),
    nowMs,
  );
}

/** In a transaction in which nothing else is claimed. */
export function freeUnknown(
  session: Session,
  life: number,
  claimed: readonly number[],
  nowMs: number,
): Promise<number> {
  return free(session, FREE_OTHERS, [life, claimed, Math.round(nowMs)]);
}

async function free(session: Session, text: string, values: readonly unknown[]): Promise<number> {
  const { rows } = await session.query<{ destination_id: number }>(text, values);
  const nowMs = values.at(-1) as number;
  const ids = new Set(rows.map(({ destination_id: id }) => id));
  const due = [...ids].map((id) => ({ id, dueAtMs: nowMs }));
  const statements = [...holdStill(due), ...changeDestinations(due)];
  await inOrder(statements.map(({ text: one, values: bound }) => session.query(one, bound)));
  return rows.length;
}
