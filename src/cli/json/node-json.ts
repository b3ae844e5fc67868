/** Nodes of a fleet and their database as `--json` prints it. */
import type { DatabaseState, NodeView } from '../../store/fleet.ts';
import { timestamp } from '../output/time-words.ts';

export function nodeJson({
  name,
  state,
  draining,
  version,
  startedAtMs,
  seenAgoMs,
  duties,
  inHand,
}: NodeView): object {
  return {
    name,
    state,
    draining,
    version: version ?? null,
    started_at: startedAtMs === undefined ? null : timestamp(startedAtMs),
    seen_ms_ago: seenAgoMs ?? null,
    duties,
    in_hand: inHand,
  };
}

/** `null`: the store is a file. */
export function databaseStateJson(state: DatabaseState | undefined): object | null {
  if (state === undefined) return null;
  const { role, version, eventsPending, eventLagMs } = state;
  return { role, version, events_pending: eventsPending, event_lag_ms: eventLagMs };
}
