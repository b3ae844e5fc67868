/** The end of the log of events that the index has not followed: which messages it is about, and where their places begin. */
import { placeOf } from '../../search/place.ts';
import { statement } from '../statement.ts';
import { all, type Steps } from '../steps.ts';
import { behindOf } from './index-messages.ts';
import type { SearchState } from './search-state.ts';

/** Events that the index may be behind: more are not looked through, but the messages of their time. */
const EVENTS_LOOKED_AT = 5_000;
/** Between the id of a message and its acceptance: a client may take so long to send it. */
export const SENDING_MS = 3_600_000;
/** Events whose times are looked at, evenly spread: a clock may have been set back between any two. */
const TIMES_LOOKED_AT = 64;

interface PendingEvent {
  readonly account_id: number;
  readonly message_id: string;
  readonly at: number;
}

export interface Unfollowed {
  /** Those of PostgreSQL that have no number yet. */
  readonly pending: readonly PendingEvent[];
  readonly behind: number;
  /** There are more than are looked through. */
  readonly isFar: boolean;
}

const NUMBERED = statement<{ after: number; limit: number }, Omit<PendingEvent, 'at'>>(
  `SELECT account_id, message_id FROM event WHERE sequence > :after AND message_id IS NOT NULL
   ORDER BY sequence LIMIT :limit`,
);
const PENDING = statement<{ limit: number }, PendingEvent>(
  ({ pendingEvents }) =>
    `SELECT account_id, message_id, at FROM ${pendingEvents} WHERE message_id IS NOT NULL LIMIT :limit`,
);
const TIMES = statement<{ sequences: string }, { at: number | null }>(
  ({
    integersOf,
  }) => `SELECT (SELECT e.at FROM event e WHERE e.sequence >= s.value ORDER BY e.sequence LIMIT 1) AS at
   FROM ${integersOf(':sequences', 's')}`,
);
const KEYS = statement<{ ids: string }, { id: number; public_id: string }>(
  ({ isIn }) => `SELECT m.id, m.public_id FROM message m WHERE ${isIn('m.public_id', ':ids')}`,
);

export function* unfollowedOf(state: SearchState): Steps<Unfollowed> {
  // Before the numbered ones: what gets its number in between is read twice, not left out.
  const pending = yield* all(PENDING, { limit: EVENTS_LOOKED_AT + 1 });
  const behind = yield* behindOf(state);
  return { pending, behind, isFar: behind + pending.length > EVENTS_LOOKED_AT };
}

/** The messages of the account (a key), or of all, by key, with their places. */
export function* unfollowedPlaces(
  { cursor }: SearchState,
  { pending }: Unfollowed,
  account: number | undefined,
): Steps<Map<number, number>> {
  const rows = yield* all(NUMBERED, { after: cursor ?? 0, limit: EVENTS_LOOKED_AT });
  const ids = [...pending, ...rows]
    .filter((row) => account === undefined || row.account_id === account)
    .map((row) => row.message_id);
  if (ids.length === 0) return new Map();
  const keys = yield* all(KEYS, { ids: JSON.stringify([...new Set(ids)]) });
  return new Map(keys.map(({ id, public_id: publicId }) => [id, placeOf(publicId)]));
}

/**
 * A place below all messages that were accepted since the event that was followed last. Not simply below the newest one that was
 * followed: it may be of a clock that ran ahead.
 */
export function* followedPlace(
  { cursor, indexed_place: newest }: SearchState,
  { pending, behind }: Unfollowed,
): Steps<number> {
  const sequences = Array.from(
    { length: Math.min(behind, TIMES_LOOKED_AT) },
    (_, index) => (cursor ?? 0) + 1 + Math.floor((index * behind) / TIMES_LOOKED_AT),
  );
  const numbered = yield* all(TIMES, { sequences: JSON.stringify(sequences) });
  const timesMs = [...numbered, ...pending].map(({ at }) => at ?? Infinity);
  return Math.max(0, Math.min(newest, ...timesMs) - SENDING_MS);
}
