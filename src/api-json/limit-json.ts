/** Limits that the relay set itself, as `--json` and the dashboard have them. The keys are part of the contract. */
import type { AutomaticLimit } from '../policy/shaping/automatic-limit.ts';
import { timestamp } from './timestamp.ts';

export function limitJson(limit: AutomaticLimit) {
  const { subject, source, action, step, perMinute, connections, times, rule, reply, destination } = limit;
  return {
    ...{ subject, source: source ?? null, action, step },
    ...{ per_minute: perMinute ?? null, connections: connections ?? null },
    ...{
      since: timestamp(limit.atMs),
      changed_at: timestamp(limit.changedAtMs),
      until: timestamp(limit.untilMs),
    },
    ...{ times, rule, reply, destination },
    undone_by: `relayctl destination resume ${destination}`,
  };
}
