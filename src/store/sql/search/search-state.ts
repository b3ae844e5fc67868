/** The row that says how far the index is. Whoever indexes locks it first, so that two nodes never do at once. */
import { statement, type NoValues } from '../statement.ts';
import { one, run, type Steps } from '../steps.ts';

export interface SearchState {
  /** Events up to it are followed; `null`: the index has not begun. */
  readonly cursor: number | null;
  /** Of the newest message that was followed. */
  readonly indexed_place: number;
  /** Messages with lower public ids are not indexed yet; `null`: all are. */
  readonly before: string | null;
}

/** Above every id. */
export const ABOVE_ALL_IDS = 'msg_~';

const STATE = statement<NoValues, SearchState>(
  'SELECT cursor, indexed_place, before FROM search_state WHERE id = 1',
);
const LOCK = statement('UPDATE search_state SET steps = steps + 1 WHERE id = 1');
const NEXT_RUN = statement<NoValues, { next_run: number }>('SELECT next_run FROM search_state WHERE id = 1');
const TAKE_RUN = statement('UPDATE search_state SET next_run = next_run + 1 WHERE id = 1');
const FOLLOWED = statement<{ cursor: number; place: number }>(
  ({ greater }) =>
    `UPDATE search_state SET cursor = :cursor, indexed_place = ${greater('indexed_place', ':place')} WHERE id = 1`,
);
const FILLED = statement<{ before: string | null }>('UPDATE search_state SET before = :before WHERE id = 1');

export function* searchState(): Steps<SearchState> {
  return (yield* one(STATE, {})) ?? { cursor: null, indexed_place: 0, before: null };
}

/** As it is while this transaction has it. */
export function* lockedSearchState(): Steps<SearchState> {
  yield* run(LOCK, {});
  return yield* searchState();
}

/** The key of a new run. */
export function* takeRunKey(): Steps<number> {
  const row = yield* one(NEXT_RUN, {});
  yield* run(TAKE_RUN, {});
  return row?.next_run ?? 1;
}

export function* setFollowed(cursor: number, place: number): Steps<void> {
  yield* run(FOLLOWED, { cursor, place });
}

export function* setFilledDownTo(before: string | undefined): Steps<void> {
  yield* run(FILLED, { before: before ?? null });
}
