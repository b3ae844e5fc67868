/** Events of the server (store/findings.ts), numbered without gaps but at the old end. */
import type { ServerEventType } from '../../../policy/delivery-state.ts';
import type { EventData } from '../../message-records.ts';
import { statement } from '../statement.ts';
import { one, run, type Steps } from '../steps.ts';

const LAST = statement<Record<string, never>, { last: number | null }>(
  'SELECT max(sequence) AS last FROM server_event',
);
const ADD = statement<{ sequence: number; type: ServerEventType; at: number; data: string }>(
  `INSERT INTO server_event (sequence, type, at, data) VALUES (:sequence, :type, :at, :data)
   ON CONFLICT (sequence) DO NOTHING`,
);
const REMOVE = statement<{ newest: number; before: number; limit: number }>(
  `DELETE FROM server_event WHERE sequence IN (SELECT sequence FROM server_event
   WHERE sequence < :newest AND at < :before ORDER BY sequence LIMIT :limit)`,
);

export function* appendServerEvent(type: ServerEventType, atMs: number, data: EventData): Steps<void> {
  const event = { type, at: Math.round(atMs), data: JSON.stringify(data) };
  // Another node's has the number when the insert has waited for it: the next one, then.
  for (let added = 0; added === 0;) {
    const sequence = (yield* newestServerEvent()) + 1;
    added = yield* run(ADD, { ...event, sequence });
  }
}

/** 0 when there is none. */
export function* newestServerEvent(): Steps<number> {
  return (yield* one(LAST, {}))?.last ?? 0;
}

/** Removes expired events except the newest, whose number must not be used again. Resolves to the number removed. */
export function* removeServerEventsBefore(beforeMs: number, limit: number): Steps<number> {
  return yield* run(REMOVE, { newest: yield* newestServerEvent(), before: Math.round(beforeMs), limit });
}
