/**
 * The life of a node: one run of relayd under a name. Its claims carry the life's key. It begins when the store is opened;
 * `fleet/` renews its lease and ends the lives of others. Times are the server's clock.
 */
import type { Session } from './session.ts';

/** The first lease: `fleet/` renews it long before it ends. */
export const LEASE_MS = 20_000;

export interface Life {
  readonly nodeKey: number;
  readonly lifeKey: number;
}

/** For a tool beside the nodes. */
export const NO_LIFE: Life = { nodeKey: 0, lifeKey: 0 };

/** The server's clock in milliseconds, as SQL. */
export const SERVER_NOW = 'CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)';

const NODE = `INSERT INTO node (name, created_at) VALUES ($1, ${SERVER_NOW})
  ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id`;
/** The node's previous life. It must have ended, because a name belongs to one machine. */
const END_BEFORE = `UPDATE node_life SET ended_at = ${SERVER_NOW} WHERE node_id = $1 AND ended_at IS NULL`;
const LIFE = `INSERT INTO node_life (node_id, version, started_at, seen_at, lease_until)
  VALUES ($1, $2, ${SERVER_NOW}, ${SERVER_NOW}, ${SERVER_NOW} + ${LEASE_MS}) RETURNING id`;

/** In a transaction. */
export async function beginLife(session: Session, name: string, version: string): Promise<Life> {
  const node = await session.query<{ id: number }>(NODE, [name]);
  const nodeKey = node.rows[0]?.id ?? 0;
  await session.query(END_BEFORE, [nodeKey]);
  const life = await session.query<{ id: number }>(LIFE, [nodeKey, version]);
  return { nodeKey, lifeKey: life.rows[0]?.id ?? 0 };
}

/** In a transaction. Its claims become due when `fleet/` next looks, or when the node begins a new life. */
export async function endLife(session: Session, { lifeKey }: Life): Promise<void> {
  await session.query(`UPDATE node_life SET ended_at = ${SERVER_NOW} WHERE id = $1 AND ended_at IS NULL`, [
    lifeKey,
  ]);
}
