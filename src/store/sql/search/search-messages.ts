/**
 * Finds messages by texts, newest first, page by page. A read examines a bounded part of what is asked: the newest runs of the index
 * first, and with them what was accepted since; where the index has not come, some hundred messages one by one. It returns
 * where to continue, so that all of it is examined in the end.
 */
import type { MessageSearch, SearchPage, SearchReader } from '../../search.ts';
import { idAtPlace, isBoundary, placeOf } from '../../search/place.ts';
import { countBits, noBits } from '../../search/postings.ts';
import { FEW_TERMS, MANY_TERMS, wantedTerms, type WantedTerms } from '../../search/terms.ts';
import { statement } from '../statement.ts';
import { all, one, type Steps, type StepsOf } from '../steps.ts';
import { compared } from './compare-rows.ts';
import { haveTerms, newestOfRuns, type FoundRun, type Range } from './found-runs.ts';
import { hasFew, newestOf } from './newest-messages.ts';
import { LIVE, RUN_COLUMNS, type RunRow } from './run-rows.ts';
import { ABOVE_ALL_IDS, searchState, type SearchState } from './search-state.ts';
import { followedPlace, SENDING_MS, unfollowedOf, unfollowedPlaces, type Unfollowed } from './unfollowed.ts';

/** Terms looked up by one read, about 10 µs each; the runs of one moment are looked at together, however many. */
const LOOKUPS_A_READ = 500;
/** Of one statement. */
const LOOKUPS_AT_ONCE = 256;
/** Messages compared by one read. */
const COMPARED = 200;
/** The same where the index has not come. */
const COMPARED_ALONE = 500;
/** Of one time: with more, all are read again. */
const MOST_RUNS = 5_000;
/** Looked at together at first; always, where of two conditions all documents are read and not the newest ones only. */
const FIRST_RUNS = 4;
const NONE = noBits(0);
const NO_PLACE = -1;

const ACCOUNT = statement<{ account: string }, { id: number }>(
  'SELECT id FROM account WHERE public_id = :account',
);
type RunsAsked = { readonly top: number; readonly bottom: number; readonly limit: number };
const RUNS = `SELECT ${RUN_COLUMNS} FROM search_run WHERE state = ${LIVE}
  AND last_place >= :bottom AND first_place <= :top`;
const RUNS_OF_ACCOUNT = statement<RunsAsked & { account: number }, RunRow>(
  `${RUNS} AND account_id = :account ORDER BY last_place DESC LIMIT :limit`,
);
const RUNS_OF_ALL = statement<RunsAsked, RunRow>(`${RUNS} ORDER BY last_place DESC LIMIT :limit`);
/** What a search asks of one moment of the store. */
interface Asked {
  readonly search: MessageSearch;
  /** Key; `undefined`: all. */
  readonly account: number | undefined;
  readonly state: SearchState;
  /** Ids below this one. */
  readonly above: string;
  /** No message with an id below this one is meant. */
  readonly floor: string;
  readonly wanted: WantedTerms;
  /** All of them. */
  readonly terms: readonly number[];
  readonly indexBehind: boolean;
  readonly unfollowed: Unfollowed;
}

/** In one state of the database: runs are merged and removed while others search. */
export const searchReads: StepsOf<Pick<SearchReader, 'searchMessages'>> = { searchMessages };

function* searchMessages(search: MessageSearch): Steps<SearchPage> {
  const account =
    search.accountId === undefined ? undefined : (yield* one(ACCOUNT, { account: search.accountId }))?.id;
  if (search.accountId !== undefined && account === undefined)
    return { messages: [], next: undefined, indexBehind: false };
  const state = yield* searchState();
  const unfollowed = yield* unfollowedOf(state);
  const { before = ABOVE_ALL_IDS, sinceMs, untilMs } = search;
  const untilId = untilMs === undefined ? ABOVE_ALL_IDS : idAtPlace(Math.max(0, Math.ceil(untilMs)));
  const above = before < untilId ? before : untilId;
  const floor = sinceMs === undefined ? '' : idAtPlace(Math.max(0, sinceMs - SENDING_MS));
  const wanted = wantedTerms(search, FEW_TERMS);
  const terms = termsOf(wanted);
  // By time alone: all messages are compared in their order, and only those of an account that has many are looked for.
  const isSought = terms.length > 0 || (account !== undefined && !(yield* hasFew(account)));
  const isBehind = state.cursor === null || state.before !== null || unfollowed.isFar;
  const indexBehind = isSought && isBehind;
  const asked = { search, account, state, above, floor, indexBehind, wanted, terms, unfollowed };
  if (state.cursor === null || !isSought) return yield* alone(asked, floor);
  if (!unfollowed.isFar) return yield* indexed(asked);
  const followedTo = idAtPlace(yield* followedPlace(state, unfollowed));
  if (above <= followedTo) return yield* indexed(asked);
  const page = yield* alone(asked, greaterId(followedTo, floor));
  return page.next === followedTo ? yield* goneOn(page, { ...asked, above: followedTo }, indexed) : page;
}

/**
 * Goes on behind the end of a part in the same read: a page that went on there would say where the index is, which is
 * the time of another account's message.
 */
function* goneOn(
  page: SearchPage,
  asked: Asked,
  rest: (asked: Asked) => Steps<SearchPage>,
): Steps<SearchPage> {
  const { search } = asked;
  const limit = search.limit - page.messages.length;
  if (limit <= 0) return { ...page, next: page.messages.at(-1)?.facts.id };
  const more = yield* rest({ ...asked, search: { ...search, limit } });
  return { ...more, messages: [...page.messages, ...more.messages] };
}

/** Compares the messages above `lowest` one by one. */
function* alone(asked: Asked, lowest: string): Steps<SearchPage> {
  const { search, account, above, floor, indexBehind } = asked;
  const { found, downTo } = yield* newestOf({ account, above, lowest, limit: COMPARED_ALONE });
  const page = yield* compared(search, found);
  if (page.next !== undefined) return { ...page, indexBehind };
  return { ...page, next: downTo === floor ? undefined : downTo, indexBehind };
}

function* indexed(asked: Asked): Steps<SearchPage> {
  const { search, state, above, floor, indexBehind } = asked;
  if (state.before !== null && topOf(above) <= placeOf(state.before)) return yield* alone(asked, floor);
  const top = topOf(above);
  const floorPlace = floor === '' ? 0 : placeOf(floor);
  // What is below is not indexed; of this place itself it may be in part.
  const filledTo = state.before === null ? NO_PLACE : placeOf(state.before);
  const bottom = Math.max(floorPlace, filledTo + 1);
  const { places, examinedTo } = yield* candidates(asked, top, bottom);
  const newest = [...places].sort(([, one], [, other]) => other - one);
  const last = newest[COMPARED - 1]?.[1];
  // All of one place together: it cannot be divided.
  const down = last === undefined ? examinedTo : Math.max(last, examinedTo);
  const keys = newest.filter(([, place]) => place >= down).map(([key]) => key);
  const page = yield* compared(search, keys);
  if (page.next !== undefined) return { ...page, indexBehind };
  if (down > bottom) return { ...page, next: idAtPlace(down), indexBehind };
  if (filledTo === NO_PLACE || floorPlace > filledTo) return { ...page, next: undefined, indexBehind };
  return yield* goneOn({ ...page, indexBehind }, { ...asked, above: idAtPlace(bottom) }, (rest) =>
    alone(rest, floor),
  );
}

/** Messages that may match, with their places: all from `examinedTo` up to `top`. */
function* candidates(
  asked: Asked,
  top: number,
  bottom: number,
): Steps<{ readonly places: ReadonlyMap<number, number>; readonly examinedTo: number }> {
  const { account, wanted, terms } = asked;
  const allWanted = wantedTerms(asked.search, MANY_TERMS);
  const allTerms = termsOf(allWanted);
  const places = yield* unfollowedPlaces(asked.state, asked.unfollowed, account);
  const { runs, nextPlace } = yield* runsOf(account, { top, bottom });
  const isBoth = wanted.ofMessage.length > 0 && wanted.ofReplies.length > 0;
  const most = Math.max(1, Math.floor(LOOKUPS_AT_ONCE / terms.length));
  const found: FoundRun[] = [];
  let lookups = 0;
  let hits = 0;
  // Of common terms the first runs have enough.
  let atOnce = Math.min(FIRST_RUNS, most);
  let done = 0;
  while (done < runs.length) {
    // What begins at the top or above overlaps it, and has to be looked at before anything is said of it.
    const isFound = found.length > 0 && (isBoth || hits >= COMPARED || lookups >= LOOKUPS_AT_ONCE);
    const isEnough = isFound || lookups >= LOOKUPS_A_READ;
    if (isEnough && (runs[done]?.last_place ?? 0) < top) break;
    const some = runs.slice(done, done + atOnce);
    const likely = yield* haveTerms(some, wanted, terms);
    // Few runs have all of some terms: there it costs little to look at more of them, and saves comparisons.
    const sure =
      allTerms.length === terms.length
        ? likely
        : yield* haveTerms(
            likely.map(({ run }) => run),
            allWanted,
            allTerms,
          );
    found.push(...sure);
    hits += sure.reduce((sum, { message, reply }) => sum + countBits(message ?? reply ?? NONE), 0);
    lookups += some.length * terms.length;
    done += some.length;
    if (!isBoth) atOnce = Math.min(2 * atOnce, most);
  }
  const examinedTo = Math.max(bottom, (runs[done]?.last_place ?? nextPlace) + 1);
  yield* placesOf(found, wanted, { top, bottom: examinedTo }, places);
  const inside = [...places].filter(([, place]) => place <= top && place >= examinedTo);
  return { places: new Map(inside), examinedTo };
}

/** The newest first: all that overlap the top, and some below it. `nextPlace`: other runs have their last place there, or below. */
function* runsOf(
  account: number | undefined,
  range: Range,
): Steps<{ readonly runs: readonly RunRow[]; readonly nextPlace: number }> {
  for (let limit = MOST_RUNS; ; limit *= 4) {
    const asked = { ...range, limit };
    const runs =
      account === undefined
        ? yield* all(RUNS_OF_ALL, asked)
        : yield* all(RUNS_OF_ACCOUNT, { ...asked, account });
    if (runs.length < limit) return { runs, nextPlace: NO_PLACE };
    const nextPlace = runs.at(-1)?.last_place ?? NO_PLACE;
    if (nextPlace < range.top) return { runs, nextPlace };
  }
}

function termsOf({ ofMessage, ofReplies }: WantedTerms): readonly number[] {
  return [...new Set([...ofMessage, ...ofReplies].flat(2))];
}

/**
 * Adds the newest messages of what was found, with their places. What a message has and what a host said to it may stand in
 * different runs, of the same day: with both asked, those are taken of which both were found.
 */
function* placesOf(
  found: readonly FoundRun[],
  { ofMessage, ofReplies }: WantedTerms,
  range: Range,
  places: Map<number, number>,
): Steps<void> {
  if (ofMessage.length > 0 && ofReplies.length > 0) {
    const having = yield* newestOfRuns(found, 'message', Infinity, range);
    for (const [key, place] of yield* newestOfRuns(found, 'reply', Infinity, range))
      if (having.has(key)) places.set(key, place);
    return;
  }
  const by = ofReplies.length > 0 ? 'reply' : 'message';
  for (const [key, place] of yield* newestOfRuns(found, by, COMPARED, range)) places.set(key, place);
}

/** The highest place of an id below `above`. */
function topOf(above: string): number {
  return isBoundary(above) && above !== ABOVE_ALL_IDS ? placeOf(above) - 1 : placeOf(above);
}

function greaterId(one: string, other: string): string {
  return one > other ? one : other;
}
