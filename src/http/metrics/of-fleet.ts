/** The nodes that share the store, and the database that they share; nothing where the store is one relay's own. */
import type { DatabaseState, NodeView } from '../../store/fleet.ts';
import { metric } from './exposition.ts';

const STATES = ['up', 'draining', 'down'] as const;
const ROLES = ['primary', 'standby', 'read-only'] as const;

export function fleetMetrics(
  nodes: readonly NodeView[],
  database: DatabaseState | undefined,
): readonly string[] {
  if (database === undefined) return [];
  const versions = Map.groupBy(
    nodes.filter(({ state }) => state !== 'down'),
    ({ version }) => version ?? 'unknown',
  );
  return [
    metric(
      'postern_nodes',
      'gauge',
      'Nodes that share the store, by state',
      STATES.map((state) => [{ state }, nodes.filter((node) => node.state === state).length]),
    ),
    metric(
      'postern_node_versions',
      'gauge',
      'Nodes that are up, by the version that they run',
      [...versions].map(([version, those]) => [{ version }, those.length]),
    ),
    metric(
      'postern_database_role',
      'gauge',
      '1 for what the server of the database is',
      ROLES.map((role) => [{ role }, role === database.role ? 1 : 0]),
    ),
    metric('postern_events_pending', 'gauge', 'Events without a number, 10,000 at most', [
      [{}, database.eventsPending],
    ]),
    metric('postern_event_lag_seconds', 'gauge', 'For how long the oldest of them waits', [
      [{}, database.eventLagMs / 1000],
    ]),
  ];
}
