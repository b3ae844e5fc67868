/**
 * Fills the index, step by step: follows the log of events for messages that were accepted and hosts that replied, and goes
 * back through the messages that were there before it began.
 */
import type { AnyEventType } from '../../../policy/delivery-state.ts';
import { deliveryKey } from '../../flow/keys.ts';
import { idAtPlace, placeOf } from '../../search/place.ts';
import type { IndexedStep, SearchReader, SearchStanding, SearchWriter } from '../../search.ts';
import { FIRST_EVENT, LAST_EVENT } from '../events/event-ends.ts';
import { statement } from '../statement.ts';
import { all, one, type Steps, type StepsOf } from '../steps.ts';
import { indexDocuments, TEXT_COLUMNS, type Indexed, type TextRow } from './document-rows.ts';
import { mergeSomeDay } from './merge-choice.ts';
import { mergeSome } from './merge-runs.ts';
import {
  ABOVE_ALL_IDS,
  lockedSearchState,
  searchState,
  setFilledDownTo,
  setFollowed,
  type SearchState,
} from './search-state.ts';
import { checkSomeRun, indexAgain, redoSome, removeSomeBlocks } from './tidy-runs.ts';

/** The most that one step does. */
export interface StepSize {
  readonly events: number;
  readonly messages: number;
  /** Of the messages, and texts that take as long; the message that exceeds this is still indexed. */
  readonly recipients: number;
  /** Read for a merge. */
  readonly mergeBlocks: number;
}

const A_FEW_MILLISECONDS: StepSize = { events: 512, messages: 100, recipients: 1_000, mergeBlocks: 48 };
/** Looked at of what waits, for a report of it. */
const COUNTED = 10_000;
/** Of a subject, that take as long as a recipient. */
const SUBJECT_CHARACTERS = 20;
/** What each reply before the last one takes: a host may say much and often, and all of it is indexed again with each. */
const RECIPIENTS_A_REPLY = 10;

interface FollowedEvent {
  readonly sequence: number;
  readonly type: AnyEventType;
  readonly message_id: string | null;
  readonly recipient_number: number | null;
}

const EVENTS = statement<{ after: number; limit: number }, FollowedEvent>(
  `SELECT sequence, type, message_id, recipient_number FROM event WHERE sequence > :after
   ORDER BY sequence LIMIT :limit`,
);
const MESSAGES = statement<{ ids: string }, TextRow>(
  ({ isIn }) => `SELECT ${TEXT_COLUMNS} FROM message m WHERE ${isIn('m.public_id', ':ids')}`,
);
const ATTEMPTS = statement<{ deliveries: string }, { id: number; attempts: number }>(
  ({ integersOf }) =>
    `SELECT d.id, d.attempts FROM ${integersOf(':deliveries', 'k')} CROSS JOIN delivery d WHERE d.id = k.value`,
);
const OLDER = statement<{ before: string; limit: number }, TextRow>(
  `SELECT ${TEXT_COLUMNS} FROM message m WHERE m.public_id < :before ORDER BY m.public_id DESC LIMIT :limit`,
);
const UNFINISHED = statement<Record<string, never>, { n: number }>(
  `SELECT count(*) AS n FROM (SELECT 1 FROM (SELECT id FROM search_run WHERE state <> 1 LIMIT ${COUNTED}) unfinished) counted`,
);
const REDOING = statement<Record<string, never>, { id: number }>(
  'SELECT id FROM search_run WHERE redone IS NOT NULL LIMIT 1',
);
const UNCHECKED = statement<{ before: number }, { id: number }>(
  'SELECT id FROM search_run WHERE checked_at < :before LIMIT 1',
);
const CHECK_EVERY_MS = 6 * 3_600_000;

export const searchIndexReads: StepsOf<Pick<SearchReader, 'searchStanding'>> = {
  *searchStanding(nowMs): Steps<SearchStanding> {
    const state = yield* searchState();
    const behind = yield* behindOf(state);
    const unfinished =
      ((yield* one(UNFINISHED, {}))?.n ?? 0) + ((yield* one(REDOING, {})) === undefined ? 0 : 1);
    const unchecked = yield* one(UNCHECKED, { before: Math.round(nowMs) - CHECK_EVERY_MS });
    const before = state.cursor === null ? ABOVE_ALL_IDS : state.before;
    const backToMs = before === null ? undefined : Math.min(placeOf(before), nowMs);
    const hasWork = behind > 0 || before !== null || unfinished > 0 || unchecked !== undefined;
    return { behind, backToMs, unfinished, hasWork };
  },
};

export const searchWrites: StepsOf<SearchWriter> = { indexSome: (nowMs) => indexSome(nowMs), indexAgain };

/** Events that the index has not followed; all, before it has begun. */
export function* behindOf({ cursor }: SearchState): Steps<number> {
  const last = (yield* one(LAST_EVENT, {}))?.sequence ?? 0;
  return Math.max(0, last - (cursor ?? 0));
}

export function* indexSome(nowMs: number, size = A_FEW_MILLISECONDS): Steps<IndexedStep> {
  const state = yield* lockedSearchState();
  if (state.cursor === null) {
    yield* begin();
    return { documents: 0, followed: 0, behind: 0, more: true };
  }
  const followed = yield* follow(state, state.cursor, size, nowMs);
  // It may have to begin anew.
  const { before } = yield* searchState();
  const filled = followed.isAll ? yield* fill(before, size, nowMs) : 0;
  const merged = yield* mergeSome(size.mergeBlocks, nowMs);
  const removed = yield* removeSomeBlocks();
  const tidied =
    followed.isAll && !merged ? (yield* redoSome(nowMs)) || (yield* checkOrMerge(before, nowMs)) : false;
  return {
    documents: followed.documents + filled,
    followed: followed.cursor - state.cursor,
    behind: yield* behindOf({ ...state, cursor: followed.cursor }),
    more: !followed.isAll || filled > 0 || merged || removed || tidied,
  };
}

function* checkOrMerge(before: string | null, nowMs: number): Steps<boolean> {
  if (yield* checkSomeRun(nowMs)) return true;
  return yield* mergeSomeDay(nowMs, before === null ? -1 : placeOf(before));
}

/** From now on events are followed; what was committed before is all below the end of the ids. */
function* begin(): Steps<void> {
  const last = (yield* one(LAST_EVENT, {}))?.sequence ?? 0;
  yield* setFollowed(last, 0);
  yield* setFilledDownTo(ABOVE_ALL_IDS);
}

function* follow(
  state: SearchState,
  cursor: number,
  size: StepSize,
  nowMs: number,
): Steps<{ readonly documents: number; readonly cursor: number; readonly isAll: boolean }> {
  const oldest = (yield* one(FIRST_EVENT, {}))?.sequence ?? cursor + 1;
  // Events went before they were followed: what they were about is found by going back through the messages, from the newest on.
  if (oldest > cursor + 1) yield* setFilledDownTo(ABOVE_ALL_IDS);
  const events = yield* all(EVENTS, { after: cursor, limit: size.events });
  const about = events.filter(({ message_id: id }) => id !== null);
  const ids = [...new Set(about.map(({ message_id: id }) => id ?? ''))];
  const rows = ids.length === 0 ? [] : yield* all(MESSAGES, { ids: JSON.stringify(ids) });
  const byId = new Map(rows.map((row) => [row.public_id, row]));
  const attempts = yield* attemptsOf(
    about.flatMap((event) => partOf(event, byId.get(event.message_id ?? ''))?.deliveries ?? []),
  );
  const parts = new Map<string, Indexed & { deliveries: number[] }>();
  let recipients = 0;
  let end = cursor;
  for (const event of events) {
    const row = byId.get(event.message_id ?? '');
    const part = partOf(event, row);
    if (part !== undefined && row !== undefined) {
      const known = parts.get(row.public_id);
      const replies = part.deliveries.map(
        (id) => 1 + RECIPIENTS_A_REPLY * Math.max(0, (attempts.get(id) ?? 0) - 1),
      );
      const grows = (part.ofMessage ? weightOf(row) : 0) + replies.reduce((sum, one) => sum + one, 0);
      if (recipients > 0 && recipients + grows > size.recipients) break;
      recipients += grows;
      parts.set(row.public_id, {
        row,
        ofMessage: part.ofMessage || known?.ofMessage === true,
        deliveries: [...(known?.deliveries ?? []), ...part.deliveries],
      });
    }
    end = event.sequence;
  }
  if (end === cursor) return { documents: 0, cursor, isAll: true };
  const documents = yield* indexDocuments([...parts.values()], nowMs);
  yield* setFollowed(end, Math.max(0, ...[...parts.keys()].map(placeOf)));
  const isAll = events.length < size.events && end === events.at(-1)?.sequence;
  return { documents, cursor: end, isAll };
}

/** What an event says that is to be indexed. A message has one `accepted` event of its first recipient. */
function partOf(
  { type, recipient_number: number }: FollowedEvent,
  row: TextRow | undefined,
): { readonly ofMessage: boolean; readonly deliveries: readonly number[] } | undefined {
  if (number === null || row === undefined) return undefined;
  if (type === 'accepted') return number === 1 ? { ofMessage: true, deliveries: [] } : undefined;
  if (type === 'delivered' || type === 'deferred' || type === 'bounced' || type === 'expired')
    return { ofMessage: false, deliveries: [deliveryKey(row.id, number)] };
  return undefined;
}

/** Compared with one recipient. */
function weightOf({ recipients, subject }: TextRow): number {
  return recipients + Math.floor((subject?.length ?? 0) / SUBJECT_CHARACTERS);
}

function* attemptsOf(deliveries: readonly number[]): Steps<ReadonlyMap<number, number>> {
  if (deliveries.length === 0) return new Map();
  const rows = yield* all(ATTEMPTS, { deliveries: JSON.stringify([...new Set(deliveries)]) });
  return new Map(rows.map(({ id, attempts }) => [id, attempts]));
}

/** Goes back through some messages; resolves to their number. */
function* fill(before: string | null, size: StepSize, nowMs: number): Steps<number> {
  if (before === null) return 0;
  const rows = yield* all(OLDER, { before, limit: size.messages });
  const some: TextRow[] = [];
  let recipients = 0;
  for (const row of rows) {
    recipients += weightOf(row);
    if (some.length > 0 && recipients > size.recipients) break;
    some.push(row);
  }
  yield* indexDocuments(
    some.map((row) => ({ row, ofMessage: true, deliveries: undefined })),
    nowMs,
  );
  const isEnd = rows.length < size.messages && some.length === rows.length;
  yield* setFilledDownTo(isEnd ? undefined : (some.at(-1)?.public_id ?? idAtPlace(0)));
  return some.length;
}
