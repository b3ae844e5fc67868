/**
 * What lives that have ended had in hand becomes due again. Repeated for an hour after their end: what a process that was
 * slow still wrote under such a life is freed too. In chunks, so that others come between.
 */
import type { Database } from '../engine/database.ts';
import { SERVER_NOW } from '../engine/life.ts';
import type { Session } from '../engine/session.ts';

const CHUNK = 500;
const LATE_WRITES_MS = 3_600_000;

const ENDED = `SELECT id FROM node_life WHERE ended_at >= ${SERVER_NOW} - $1`;
const ORPHANED = `SELECT DISTINCT claim_life AS id FROM delivery
  WHERE claim_life IS NOT NULL AND NOT EXISTS (SELECT 1 FROM node_life WHERE id = claim_life AND ended_at IS NULL)`;
/** In the order of their keys, as whoever settles locks them. */
const FREE = `WITH mine AS (SELECT id FROM delivery WHERE claim_life = ANY($1) ORDER BY id LIMIT ${CHUNK} FOR UPDATE)
  UPDATE delivery d SET claim_life = NULL, due_at = $2 FROM mine WHERE d.id = mine.id RETURNING d.destination_id AS destination`;
const LOWER = `UPDATE destination SET next_due_at = $2 WHERE id = ANY(ARRAY(
  SELECT id FROM destination WHERE id = ANY($1) AND (next_due_at IS NULL OR next_due_at > $2) ORDER BY id FOR UPDATE))`;
const UPLOADS = 'UPDATE upload SET life_id = 0, name = NULL WHERE life_id = ANY($1)';

/** Frees what the lives that ended lately had in hand; resolves to the number of deliveries. */
export async function freeEnded(database: Database, nowMs: number): Promise<number> {
  const lives = await database.read((session) => keysOf(session, ENDED, [LATE_WRITES_MS]));
  return await free(database, lives, nowMs);
}

/** The same for every life that is not lived, at whatever time it ended. */
export async function freeOrphaned(database: Database, nowMs: number): Promise<number> {
  const lives = await database.read((session) => keysOf(session, ORPHANED, []));
  return await free(database, lives, nowMs);
}

async function keysOf(
  session: Session,
  text: string,
  values: readonly unknown[],
): Promise<readonly number[]> {
  return (await session.query<{ id: number }>(text, values)).rows.map(({ id }) => id);
}

async function free(database: Database, lives: readonly number[], nowMs: number): Promise<number> {
  if (lives.length === 0) return 0;
  const dueAt = Math.round(nowMs);
  let freed = 0;
  for (let chunk = CHUNK; chunk === CHUNK; freed += chunk) {
    chunk = await database.transaction(async (session) => {
      const { rows } = await session.query<{ destination: number }>(FREE, [lives, dueAt]);
      const destinations = [...new Set(rows.map(({ destination }) => destination))];
      if (destinations.length > 0) await session.query(LOWER, [destinations, dueAt]);
      return rows.length;
    });
  }
  await database.transaction((session) => session.query(UPLOADS, [lives]));
  return freed;
}
