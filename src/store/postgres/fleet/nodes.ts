/** The nodes as `relayctl node` shows and changes them, and the state of the server. Times are the server's clock. */
import { StoreError } from '../../errors.ts';
import type { DatabaseState, FleetReader, FleetWriter, NodeView } from '../../fleet.ts';
import type { Duty } from '../../node-standing.ts';
import { audit } from '../../sql/directory/audit.ts';
import type { Database } from '../engine/database.ts';
import { SERVER_NOW } from '../engine/life.ts';
import type { Session } from '../engine/session.ts';
import type { PostgresStepRunner } from '../engine/step-runner.ts';

/** With the present or last life of each. */
const NODES = `SELECT n.name, n.draining, n.data_keys, l.version, l.started_at, ${SERVER_NOW} - l.seen_at AS seen_ago,
    CASE WHEN l.id IS NOT NULL AND l.ended_at IS NULL AND l.lease_until > ${SERVER_NOW} THEN 1 ELSE 0 END AS lives,
    (SELECT string_agg(d.name, ' ' ORDER BY d.name) FROM duty d WHERE d.life_id = l.id) AS duties,
    (SELECT count(*) FROM delivery WHERE claim_life = l.id) AS in_hand
  FROM node n LEFT JOIN node_life l ON l.id = (SELECT max(id) FROM node_life WHERE node_id = n.id) ORDER BY n.name`;
const STATE = `SELECT pg_is_in_recovery() AS follows, current_setting('transaction_read_only') AS read_only,
  current_setting('server_version') AS version`;
const PENDING = `SELECT count(*) AS pending, coalesce(${SERVER_NOW} - min(at), 0) AS lag
  FROM (SELECT at FROM event_pending ORDER BY id LIMIT 10000) p`;
const DRAIN = 'UPDATE node SET draining = $2 WHERE name = $1';
const FIND = 'SELECT id FROM node WHERE name = $1 FOR UPDATE';
const LIVES = 'SELECT 1 FROM node_life WHERE node_id = $1 AND ended_at IS NULL';
const HOLDS = `SELECT 1 FROM delivery WHERE claim_life = ANY(ARRAY(SELECT id FROM node_life WHERE node_id = $1)) LIMIT 1`;
const NOTE_KEYS = 'UPDATE node SET data_keys = $2 WHERE name = $1';
const REMOVE = 'DELETE FROM node WHERE id = $1';

interface NodeRow {
  readonly name: string;
  readonly draining: number;
  readonly version: string | null;
  readonly started_at: number | null;
  readonly seen_ago: number | null;
  readonly lives: number;
  readonly duties: string | null;
  readonly data_keys: string | null;
  readonly in_hand: number;
}

export function fleetReads(database: Database): FleetReader {
  return {
    nodes: () => database.read(async (session) => (await session.query<NodeRow>(NODES)).rows.map(viewOf)),
    databaseState: () => database.read(stateOf),
  };
}

export function fleetWrites(database: Database, steps: PostgresStepRunner): FleetWriter {
  return {
    drainNode: (name, draining, atMs, actor) =>
      database.transaction(async (session) => {
        const { rowCount } = await session.query(DRAIN, [name, draining ? 1 : 0]);
        if (rowCount === 0) throw noNode(name);
        await steps.run(session, audit(atMs, actor, draining ? 'node drain' : 'node drain --off', name));
      }),
    removeNode: (name, atMs, actor) =>
      database.transaction(async (session) => {
        const [node] = (await session.query<{ id: number }>(FIND, [name])).rows;
        if (node === undefined) throw noNode(name);
        if ((await session.query(LIVES, [node.id])).rows.length > 0)
          throw new StoreError(
            'conflict',
            `the node ${name} is up, or was up to 30 seconds ago: stop it first`,
          );
        if ((await session.query(HOLDS, [node.id])).rows.length > 0)
          throw new StoreError(
            'conflict',
            `others are taking over what the node ${name} had in hand: try again`,
          );
        await session.query(REMOVE, [node.id]);
        await steps.run(session, audit(atMs, actor, 'node remove', name));
      }),
    noteNodeKeys: (name, keyIds) =>
      database.transaction(async (session) => {
        await session.query(NOTE_KEYS, [name, keyIds.join(' ')]);
      }),
  };
}

async function stateOf(session: Session): Promise<DatabaseState> {
  const state = await session.query<{ follows: boolean; read_only: string; version: string }>(STATE);
  const { follows = false, read_only: readOnly = 'off', version = '' } = state.rows[0] ?? {};
  const events = await session.query<{ pending: number; lag: number }>(PENDING);
  const { pending = 0, lag = 0 } = events.rows[0] ?? {};
  return {
    role: follows ? 'standby' : readOnly === 'on' ? 'read-only' : 'primary',
    version: version.split(' ')[0] ?? version,
    eventsPending: pending,
    eventLagMs: Math.max(0, lag),
  };
}

function viewOf(row: NodeRow): NodeView {
  const draining = row.draining === 1;
  return {
    name: row.name,
    state: row.lives !== 1 ? 'down' : draining ? 'draining' : 'up',
    draining,
    version: row.version ?? undefined,
    startedAtMs: row.started_at ?? undefined,
    seenAgoMs: row.seen_ago === null ? undefined : Math.max(0, row.seen_ago),
    duties: (row.duties ?? '').split(' ').filter((name) => name !== '') as Duty[],
    dataKeys: row.data_keys?.split(' '),
    inHand: row.in_hand,
  };
}

function noNode(name: string): StoreError {
  return new StoreError('not-found', `there is no node ${name}: see relayctl node list`);
}
