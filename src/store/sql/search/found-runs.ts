/** Looks terms up in runs of the index, and reads the documents of what is found. */
import { evaluate, type LookedUp } from '../../search/evaluate.ts';
import { allBits, numbersOf, type Bits } from '../../search/postings.ts';
import type { WantedTerms } from '../../search/terms.ts';
import { statement } from '../statement.ts';
import { all, type Steps } from '../steps.ts';
import { visitDocuments, type RunRow } from './run-rows.ts';

const LOOKUP = statement<
  { wanted: string },
  { run_id: number; term: number; first: number; data: Uint8Array }
>(
  ({ triplesOf }) => `SELECT w.two AS run_id, w.three AS term, b.first, b.data
   FROM ${triplesOf(':wanted', 'w')} CROSS JOIN search_block b
   WHERE b.account_id = w.one AND b.run_id = w.two AND b.first = (SELECT max(x.first) FROM search_block x
     WHERE x.account_id = w.one AND x.run_id = w.two AND x.first >= 0 AND x.first <= w.three)`,
);
/** Which documents of a run have what is wanted of messages, and of replies; `undefined`: none, or not asked. */
export interface FoundRun {
  readonly run: RunRow;
  readonly message: Bits | undefined;
  readonly reply: Bits | undefined;
}

/** Places, both included. */
export interface Range {
  readonly top: number;
  readonly bottom: number;
}

/** Those of the runs that have all of what is wanted of messages, or of replies; all, with all their documents, if nothing is. */
export function* haveTerms(
  runs: readonly RunRow[],
  { ofMessage, ofReplies }: WantedTerms,
  terms: readonly number[],
): Steps<readonly FoundRun[]> {
  if (ofMessage.length + ofReplies.length === 0)
    return runs.map((run) => ({ run, message: allBits(run.documents), reply: undefined }));
  const found: FoundRun[] = [];
  const looked = yield* lookUp(runs, terms);
  for (const run of runs) {
    const blocks = looked.get(run.id);
    if (blocks === undefined) continue;
    const lookedUp = { documents: run.documents, blocks };
    const message = ofMessage.length === 0 ? undefined : evaluate(lookedUp, ofMessage);
    const reply = ofReplies.length === 0 ? undefined : evaluate(lookedUp, ofReplies);
    if (message !== undefined || reply !== undefined) found.push({ run, message, reply });
  }
  return found;
}

/**
 * Keys and places of the newest `most` messages found, and of all that are at the place of the last of these. A message to which
 * hosts replied often has many documents: it counts once.
 */
export function* newestOfRuns(
  found: readonly FoundRun[],
  by: 'message' | 'reply',
  most: number,
  { top, bottom }: Range,
): Steps<ReadonlyMap<number, number>> {
  const newest = new Map<number, number>();
  let lowest = bottom;
  for (const { run, [by]: bits } of found) {
    // Enough are newer than all of this run.
    if (newest.size >= most && lowest > run.last_place) break;
    if (bits === undefined) continue;
    let enough = 2 * Math.max(most, newest.size);
    yield* visitDocuments(run, numbersOf(bits), (key, place) => {
      if (place > top || place < lowest) return;
      newest.set(key, place);
      if (newest.size < enough) return;
      lowest = leave(newest, most, lowest);
      enough = 2 * newest.size;
    });
    lowest = leave(newest, most, lowest);
  }
  return newest;
}

/** Removes all but the `most` newest, and those at the place of the last of these: the lowest place of one that is left or comes. */
function leave(newest: Map<number, number>, most: number, lowest: number): number {
  const least = Math.max(lowest, nthHighest(newest, most));
  if (least > lowest) for (const [key, place] of newest) if (place < least) newest.delete(key);
  return least;
}

/** `-Infinity`: there are not so many. */
function nthHighest(of: ReadonlyMap<number, number>, n: number): number {
  if (of.size < n) return -Infinity;
  return Float64Array.from(of.values()).sort()[of.size - n] ?? -Infinity;
}

function* lookUp(
  runs: readonly RunRow[],
  terms: readonly number[],
): Steps<ReadonlyMap<number, LookedUp['blocks']>> {
  const wanted = runs.flatMap(({ account_id: account, id }) => terms.map((term) => [account, id, term]));
  const rows = wanted.length === 0 ? [] : yield* all(LOOKUP, { wanted: JSON.stringify(wanted) });
  const found = new Map<number, Map<number, { first: number; data: Uint8Array }>>();
  for (const { run_id: run, term, first, data } of rows) {
    const blocks = found.get(run);
    if (blocks === undefined) found.set(run, new Map([[term, { first, data }]]));
    else blocks.set(term, { first, data });
  }
  return found;
}
