/**
 * Makes the claims of ended lives due again. Repeated for an hour after their end, which also frees claims that a slow
 * process still wrote under such a life.
 */
import type { Database } from '../engine/database.ts';
import { SERVER_NOW } from '../engine/life.ts';
import { freeClaimsOf } from '../spool/free-claims.ts';

const LATE_WRITES_MS = 3_600_000;

const ENDED = `SELECT id FROM node_life WHERE ended_at >= ${SERVER_NOW} - $1`;
const ORPHANED = `SELECT DISTINCT claim_life AS id FROM delivery
  WHERE claim_life IS NOT NULL AND NOT EXISTS (SELECT 1 FROM node_life WHERE id = claim_life AND ended_at IS NULL)`;

/** Frees the claims of lives that ended recently; resolves to the number of deliveries. */
export async function freeEnded(database: Database, nowMs: number): Promise<number> {
  return await freeClaimsOf(database, await keysOf(database, ENDED, [LATE_WRITES_MS]), nowMs);
}

/** The same for every ended life, whenever it ended. */
export async function freeOrphaned(database: Database, nowMs: number): Promise<number> {
  return await freeClaimsOf(database, await keysOf(database, ORPHANED, []), nowMs);
}

async function keysOf(
  database: Database,
  text: string,
  values: readonly unknown[],
): Promise<readonly number[]> {
  const { rows } = await database.read((session) => session.query<{ id: number }>(text, values));
  return rows.map(({ id }) => id);
}
