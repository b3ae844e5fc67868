/**
 * The rule that an entry follows: the route that an operator chose for it (`relayctl queue reroute`), else the first that matches.
 * A reload may have taken the chosen one away: then the others hold, and the trace says so.
 */
import type { QueueEntry } from '../destination/queue-entry.ts';
import { recordOfRoute } from '../outcome/by-route.ts';
import type { FoundRule, RouteTable } from './route-table.ts';
import type { Route } from './routes.ts';

const GONE = 'chosen by an operator, but no route of this name sends mail any more: the other routes hold';

/** `direct`: by no table, as was chosen. Others as RouteTable.ruleOf. */
export function ruleFor(
  entry: QueueEntry,
  table: RouteTable,
  mx: Route | undefined,
  nowMs: number,
): FoundRule | 'direct' {
  const { destination, facts, deliveries } = entry;
  const name = deliveries[0]?.reroute;
  const chosen = name === undefined ? undefined : table.named(name);
  if (chosen !== undefined) return chosen;
  if (name !== undefined && entry.history.every(({ route }) => route !== name))
    entry.remember([recordOfRoute(nowMs, name, undefined, GONE)]);
  const { accountId, stream } = facts;
  const wasHeld = deliveries.some(({ heldBy }) => heldBy !== undefined);
  return table.ruleOf({ domain: destination.name, accountId, stream, wasHeld }, mx);
}
