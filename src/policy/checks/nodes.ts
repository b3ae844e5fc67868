/** Whether all nodes that share a store are up, and its database takes changes and is kept up with. */
import type { Check } from './check.ts';

export interface NodesFacts {
  readonly nodes: readonly {
    readonly name: string;
    readonly state: 'up' | 'draining' | 'down';
    /** It was told to take no mail: that it is down is no fault. */
    readonly draining: boolean;
    readonly version: string | undefined;
  }[];
  readonly database: {
    readonly role: 'primary' | 'standby' | 'read-only';
    readonly eventLagMs: number;
  };
}

/** Events are numbered within a second. */
const LONGEST_LAG_MS = 60_000;

export const nodes: Check<NodesFacts> = {
  reason: 'a node is down, or the database is not kept up with',
  stopsMail: false,
  look({ nodes: all, database }) {
    if (database.role !== 'primary')
      return {
        ok: false,
        detail: `the database takes no changes: it is ${database.role === 'standby' ? 'a standby' : 'read-only'}`,
        remedy: 'let store.url lead to the primary; mail waits at its senders until then',
      };
    const down = all.filter(({ state, draining }) => state === 'down' && !draining).map(({ name }) => name);
    if (down.length > 0)
      return {
        ok: false,
        detail: `down: ${down.join(', ')} (of ${all.length} nodes); others have what it had in hand`,
        remedy: `start it; if it is gone for good: relayctl node remove ${down[0] ?? ''}`,
      };
    if (database.eventLagMs > LONGEST_LAG_MS)
      return {
        ok: false,
        detail: `events wait for ${Math.round(database.eventLagMs / 1000)} s until webhooks can see them`,
        remedy: 'see which node has the duty events (relayctl node list), and its log',
      };
    const versions = [...new Set(all.flatMap(({ version }) => version ?? []))].sort();
    const words = `${all.length} ${all.length === 1 ? 'node' : 'nodes'}, version ${versions.join(' and ')}`;
    return {
      ok: true,
      detail: `${words}; the database is a primary, events ${Math.round(database.eventLagMs / 1000)} s behind`,
    };
  },
};
