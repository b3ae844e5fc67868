/**
 * Which runs are merged. Sixteen of a level become one of the next, so that few are looked at for a search and each entry is written
 * a few times. When a day is over its runs become one, and once more a week later, with what was said of its messages since.
 */
import { DAY_MS, dayOfPlace } from '../../search/place.ts';
import { MOST_DOCUMENTS } from '../../search/postings.ts';
import { statement } from '../statement.ts';
import { all, one, run, type Steps } from '../steps.ts';
import { BEING_MADE, insertRun, LIVE, RUN_COLUMNS, type RunRow } from './run-rows.ts';
import { takeRunKey } from './search-state.ts';

const FAN = 16;
const MOST_INPUTS = 32;
/** Of runs of a day that is over, and of runs that nothing is added to any more. */
const OF_A_DAY = 8;
const CLOSED = 9;
/** With so many documents a run is closed. */
const ENOUGH = MOST_DOCUMENTS / 2;
/** Hosts reply to messages of a day for that long. */
const SETTLED_DAYS = 7;

const IS_FREE = `state = ${LIVE} AND merged_into IS NULL AND redone IS NULL`;
const OF_LEVEL = statement<{ account: number; day: number; level: number; limit: number }, RunRow>(
  `SELECT ${RUN_COLUMNS} FROM search_run WHERE account_id = :account AND day = :day AND level = :level AND ${IS_FREE}
   ORDER BY id LIMIT :limit`,
);
const BELOW_LEVEL = statement<{ account: number; day: number; level: number; limit: number }, RunRow>(
  `SELECT ${RUN_COLUMNS} FROM search_run WHERE account_id = :account AND day = :day AND level < :level AND ${IS_FREE}
   ORDER BY documents LIMIT :limit`,
);
const MARK_INPUTS = statement<{ into: number; inputs: string }>(
  ({ integersOf }) =>
    `UPDATE search_run SET merged_into = :into WHERE id IN (SELECT value FROM ${integersOf(':inputs', 'i')})`,
);
const RAISE = statement<{ id: number; level: number }>('UPDATE search_run SET level = :level WHERE id = :id');
const IN_WORK = `SELECT 1 FROM search_run o WHERE o.account_id = r.account_id AND o.day = r.day`;
/** A day that is over, and has no run of the whole day yet. */
const DAY_OVER = statement<{ today: number; filled: number }, { account_id: number; day: number }>(
  `SELECT r.account_id, r.day FROM search_run r WHERE r.level < ${CLOSED} AND r.level < ${OF_A_DAY} AND r.day < :today AND r.day > :filled
     AND r.state = ${LIVE} AND r.merged_into IS NULL AND r.redone IS NULL
     AND NOT EXISTS (${IN_WORK} AND (o.level = ${OF_A_DAY} OR o.state = ${BEING_MADE})) LIMIT 1`,
);
/** Its replies have come. */
const DAY_SETTLED = statement<{ before: number; filled: number }, { account_id: number; day: number }>(
  `SELECT r.account_id, r.day FROM search_run r WHERE r.level < ${CLOSED} AND r.day < :before AND r.day > :filled
     AND r.state = ${LIVE} AND r.merged_into IS NULL AND r.redone IS NULL
     AND NOT EXISTS (${IN_WORK} AND o.state = ${BEING_MADE}) LIMIT 1`,
);

/** After a run of a level was added: begins a merge when there are enough. */
export function* mergeFullLevel(
  { account_id: account, day, level }: Pick<RunRow, 'account_id' | 'day' | 'level'>,
  nowMs: number,
): Steps<void> {
  if (level >= OF_A_DAY) return;
  const runs = yield* all(OF_LEVEL, { account, day, level, limit: FAN });
  if (runs.length === FAN) yield* beginMerge(runs, Math.min(level + 1, OF_A_DAY - 1), nowMs);
}

/** Begins the merge of a day, if there is one to merge. `filledDownTo`: the lowest place that is indexed; -1: all. */
export function* mergeSomeDay(nowMs: number, filledDownTo: number): Steps<boolean> {
  const today = dayOfPlace(nowMs);
  const filled = filledDownTo < 0 ? -1 : Math.floor(filledDownTo / DAY_MS);
  const over = yield* one(DAY_OVER, { today, filled });
  if (over !== undefined) return yield* mergeBelow(over, OF_A_DAY, nowMs);
  const settled = yield* one(DAY_SETTLED, { before: today - SETTLED_DAYS, filled });
  return settled !== undefined && (yield* mergeBelow(settled, CLOSED, nowMs));
}

function* mergeBelow(
  { account_id: account, day }: Pick<RunRow, 'account_id' | 'day'>,
  level: number,
  nowMs: number,
): Steps<boolean> {
  const runs = yield* all(BELOW_LEVEL, { account, day, level, limit: MOST_INPUTS });
  if (runs.length > 0) yield* beginMerge(runs, level, nowMs);
  return runs.length > 0;
}

/** Of as many of them as fit into one run. A single one only gets its level. */
function* beginMerge(among: readonly RunRow[], level: number, nowMs: number): Steps<void> {
  let documents = 0;
  const runs: RunRow[] = [];
  for (const row of among) {
    if (documents + row.documents > MOST_DOCUMENTS) continue;
    documents += row.documents;
    runs.push(row);
  }
  const [first] = runs;
  if (first === undefined) return;
  const raised = documents >= ENOUGH ? CLOSED : level;
  if (runs.length === 1) {
    // No other fits beside it: nothing would ever.
    yield* run(RAISE, { id: first.id, level: among.length > 1 ? CLOSED : raised });
    return;
  }
  const made = {
    id: yield* takeRunKey(),
    account_id: first.account_id,
    day: first.day,
    level: raised,
    documents,
    first_place: Math.min(...runs.map((row) => row.first_place)),
    last_place: Math.max(...runs.map((row) => row.last_place)),
  };
  yield* insertRun(made, BEING_MADE, nowMs);
  yield* run(MARK_INPUTS, { into: made.id, inputs: JSON.stringify(runs.map(({ id }) => id)) });
}
