/** The rows of lives: renewed, read, ended. Their times are the server's clock, for people. */
import { StoreError } from '../../errors.ts';
import { SERVER_NOW, type Life } from '../engine/life.ts';
import type { Session } from '../engine/session.ts';
import type { SeenLease } from './other-lives.ts';

const RENEW = `UPDATE node_life SET seen_at = ${SERVER_NOW}, lease_until = greatest(lease_until + 1, ${SERVER_NOW} + $2)
  WHERE id = $1 AND ended_at IS NULL
  RETURNING (SELECT draining FROM node WHERE node.id = node_id) AS draining,
    (SELECT needs_version FROM postern_schema WHERE id = 1) AS needs`;
const OTHERS = 'SELECT id AS life, lease_until AS until FROM node_life WHERE ended_at IS NULL AND id <> $1';
const END = `UPDATE node_life SET ended_at = ${SERVER_NOW} WHERE id = $1 AND lease_until = $2 AND ended_at IS NULL`;
const OF_NAME = `SELECT l.id AS life, l.lease_until AS until FROM node_life l JOIN node n ON n.id = l.node_id
  WHERE n.name = $1 AND l.ended_at IS NULL`;
const FORGET = `DELETE FROM node_life WHERE ended_at < ${SERVER_NOW} - $1
  AND NOT EXISTS (SELECT 1 FROM delivery WHERE claim_life = node_life.id)`;
const FORGET_AFTER_MS = 7 * 86_400_000;

/**
 * Every renewal changes the row, whatever the server's clock says. `undefined`: others have ended the life. `needsSchema`:
 * the lowest schema that a program must know to work with this database.
 */
export async function renew(
  session: Session,
  life: number,
  leaseMs: number,
): Promise<{ readonly draining: boolean; readonly needsSchema: number } | undefined> {
  const { rows } = await session.query<{ draining: number; needs: number }>(RENEW, [life, leaseMs]);
  const [row] = rows;
  return row && { draining: row.draining === 1, needsSchema: row.needs };
}

/** Lives that have not been ended, except `life`. */
export async function otherLeases(session: Session, life: number): Promise<readonly SeenLease[]> {
  return (await session.query<SeenLease>(OTHERS, [life])).rows;
}

/** Does nothing when it was renewed meanwhile. True: this call ended it. */
export async function endLease(session: Session, { life, until }: SeenLease): Promise<boolean> {
  return (await session.query(END, [life, until])).rowCount > 0;
}

/** The life that is in use under `name`. */
export async function leaseOfName(session: Session, name: string): Promise<SeenLease | undefined> {
  return (await session.query<SeenLease>(OF_NAME, [name])).rows[0];
}

/** Removes those that ended long ago. */
export async function forgetOldLives(session: Session): Promise<void> {
  await session.query(FORGET, [FORGET_AFTER_MS]);
}

/** StoreError `locked` when another process lives under the name of `ended`, whose life others ended. */
export function refuseSecond(name: string, living: SeenLease | undefined, ended: Life): void {
  if (living !== undefined && living.life > ended.lifeKey) throw nameTaken(name);
}

export function nameTaken(name: string): StoreError {
  return new StoreError(
    'locked',
    `another relayd runs as the node ${name}: give each its own node.name in the configuration`,
  );
}
