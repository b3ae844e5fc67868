/**
 * Duties: work that one node does for all. A duty belongs to a life and lasts as long as that. When the life has ended, the
 * next node that looks takes the duty, under a higher fence. A transaction of the duty locks its row with that fence
 * (`holdsStill`), so that one that began before the duty changed hands changes nothing afterwards. A draining node leaves its
 * duties to others, if there are any.
 */
import { DUTIES, type Duty } from '../../node-standing.ts';
import { SERVER_NOW } from '../engine/life.ts';
import type { Session } from '../engine/session.ts';

const ADD = 'INSERT INTO duty (name) SELECT unnest($1::text[]) ON CONFLICT (name) DO NOTHING';
const IS_FREE = `life_id IS DISTINCT FROM $1 AND name = ANY($2)
  AND NOT EXISTS (SELECT 1 FROM node_life WHERE id = duty.life_id AND ended_at IS NULL)`;
const FREE = `SELECT name FROM duty WHERE ${IS_FREE}`;
/** In a statement of its own: an UPDATE that has waited for a row reads that row again, but not what its subquery has read. */
const LOCK = 'SELECT name FROM duty WHERE name = ANY($1) ORDER BY name FOR UPDATE';
const TAKE = `UPDATE duty SET life_id = $1, fence = fence + 1, lease_until = ${SERVER_NOW} WHERE ${IS_FREE}`;
const MINE = 'SELECT name, fence FROM duty WHERE life_id = $1';
const LEAVE = 'UPDATE duty SET life_id = NULL WHERE life_id = $1';
const OTHERS_WORK = `SELECT count(*) AS others FROM node_life l JOIN node n ON n.id = l.node_id
  WHERE l.ended_at IS NULL AND l.id <> $1 AND n.draining = 0`;
const STILL = 'SELECT 1 FROM duty WHERE name = $1 AND life_id = $2 AND fence = $3 FOR UPDATE';

/** Creates their rows once. */
export async function addDuties(session: Session): Promise<void> {
  await session.query(ADD, [DUTIES]);
}

/** Takes free duties, and returns the fence of each that the life has. */
export async function takeDuties(session: Session, life: number): Promise<ReadonlyMap<string, number>> {
  const free = (await session.query<{ name: string }>(FREE, [life, DUTIES])).rows.map(({ name }) => name);
  if (free.length > 0) {
    await session.query(LOCK, [free]);
    await session.query(TAKE, [life, free]);
  }
  const { rows } = await session.query<{ name: string; fence: number }>(MINE, [life]);
  return new Map(rows.map(({ name, fence }) => [name, fence]));
}

export async function leaveDuties(session: Session, life: number): Promise<void> {
  await session.query(LEAVE, [life]);
}

/** In a transaction: nobody else can take the duty until it ends. False: another node has it. */
export async function holdsStill(
  session: Session,
  duty: Duty,
  { life, fence }: { readonly life: number; readonly fence: number },
): Promise<boolean> {
  return (await session.query(STILL, [duty, life, fence])).rows.length > 0;
}

/** Some other node lives, and does not drain. */
export async function othersWork(session: Session, life: number): Promise<boolean> {
  const { rows } = await session.query<{ others: number }>(OTHERS_WORK, [life]);
  return (rows[0]?.others ?? 0) > 0;
}
