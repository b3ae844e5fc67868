/**
 * Removes runs whose messages are gone, and makes runs again whose messages were changed. Messages of a day go within a day of one
 * another, so a run is removed as a whole, once none of them is left.
 */
import { dayOfPlace, placeOf } from '../../search/place.ts';
import { statement } from '../statement.ts';
import { all, one, run, type Steps } from '../steps.ts';
import { indexDocuments, TEXT_COLUMNS, type TextRow } from './document-rows.ts';
import { BEING_REMOVED, documentsOf, LIVE, RUN_COLUMNS, type RunRow } from './run-rows.ts';

const BLOCKS_A_STEP = 200;
const CHECK_EVERY_MS = 6 * 3_600_000;
/** Documents made again in a step, and recipients of their messages; the message that exceeds these is still made again. */
const DOCUMENTS_A_STEP = 100;
const RECIPIENTS_A_STEP = 1_000;

const DYING = statement<Record<string, never>, RunRow>(
  `SELECT ${RUN_COLUMNS} FROM search_run WHERE state <> ${LIVE} AND state = ${BEING_REMOVED} ORDER BY documents LIMIT 1`,
);
const REMOVE_BLOCKS = statement<{ account: number; run: number; limit: number }>(
  `DELETE FROM search_block WHERE id IN
   (SELECT id FROM search_block WHERE account_id = :account AND run_id = :run LIMIT :limit)`,
);
const REMOVE_RUN = statement<{ id: number }>('DELETE FROM search_run WHERE id = :id');
const UNCHECKED = statement<{ before: number }, RunRow & { state: number }>(
  `SELECT ${RUN_COLUMNS}, state FROM search_run WHERE checked_at < :before ORDER BY checked_at LIMIT 1`,
);
const CHECKED = statement<{ id: number; now: number; gone: number }>(
  'UPDATE search_run SET checked_at = :now, gone = :gone WHERE id = :id',
);
const GONE = statement<{ id: number; gone: number }>('UPDATE search_run SET gone = :gone WHERE id = :id');
const DIE = statement<{ id: number }>(
  `UPDATE search_run SET state = ${BEING_REMOVED}, redone = NULL WHERE id = :id`,
);
const THERE = statement<{ keys: string }, { found: number }>(
  ({ integersOf }) =>
    `SELECT count(*) AS found FROM message WHERE id IN (SELECT value FROM ${integersOf(':keys', 'k')})`,
);
const MESSAGES = statement<{ keys: string }, TextRow>(
  ({ integersOf }) =>
    `SELECT ${TEXT_COLUMNS} FROM message m WHERE m.id IN (SELECT value FROM ${integersOf(':keys', 'k')})`,
);
const TO_REDO = statement<Record<string, never>, RunRow>(
  `SELECT ${RUN_COLUMNS} FROM search_run WHERE redone IS NOT NULL AND state = ${LIVE} AND merged_into IS NULL LIMIT 1`,
);
const REDONE = statement<{ id: number; redone: number }>(
  'UPDATE search_run SET redone = :redone WHERE id = :id',
);
const MESSAGE = statement<{ id: string }, { id: number; account_id: number }>(
  'SELECT id, account_id FROM message WHERE public_id = :id',
);
const OF_DAY = statement<
  { account: number; day: number; place: number },
  RunRow & { merged_into: number | null }
>(
  `SELECT ${RUN_COLUMNS}, merged_into FROM search_run WHERE account_id = :account AND day = :day AND state = ${LIVE}
     AND first_place <= :place AND last_place >= :place`,
);
const REDO = statement<{ ids: string }>(
  ({ integersOf }) => `UPDATE search_run SET redone = 0
   WHERE redone IS NULL AND id IN (SELECT value FROM ${integersOf(':ids', 'i')})`,
);

/** Some blocks of a run that is being removed; false: there is none. */
export function* removeSomeBlocks(): Steps<boolean> {
  const row = yield* one(DYING, {});
  if (row === undefined) return false;
  const removed = yield* run(REMOVE_BLOCKS, { account: row.account_id, run: row.id, limit: BLOCKS_A_STEP });
  if (removed < BLOCKS_A_STEP) yield* run(REMOVE_RUN, { id: row.id });
  return true;
}

/** Looks whether the messages of a run are still there; false: all have been looked at lately. */
export function* checkSomeRun(nowMs: number): Steps<boolean> {
  const now = Math.round(nowMs);
  const row = yield* one(UNCHECKED, { before: now - CHECK_EVERY_MS });
  if (row === undefined) return false;
  const documents = row.state === LIVE ? yield* documentsOf(row, row.gone, 1) : [];
  const keys = JSON.stringify([...new Set(documents.map(({ key }) => key))]);
  const gone = row.gone + documents.length;
  if (row.state !== LIVE || ((yield* one(THERE, { keys }))?.found ?? 0) > 0)
    yield* run(CHECKED, { id: row.id, now, gone: row.gone });
  else if (gone < row.documents) yield* run(GONE, { id: row.id, gone });
  else yield* run(DIE, { id: row.id });
  return true;
}

/** Makes some documents of a run again, as their messages are now; false: there is nothing to make again. */
export function* redoSome(nowMs: number): Steps<boolean> {
  const row = yield* one(TO_REDO, {});
  if (row === undefined) return false;
  const from = row.redone ?? 0;
  const documents = (yield* documentsOf(row, from, 1)).slice(0, DOCUMENTS_A_STEP);
  const keys = JSON.stringify([...new Set(documents.map(({ key }) => key))]);
  const there = new Map((yield* all(MESSAGES, { keys })).map((message) => [message.id, message]));
  const messages = new Set<TextRow>();
  let made = 0;
  let recipients = 0;
  for (const { key } of documents) {
    const message = there.get(key);
    if (message !== undefined && !messages.has(message)) {
      recipients += message.recipients;
      if (messages.size > 0 && recipients > RECIPIENTS_A_STEP) break;
      messages.add(message);
    }
    made++;
  }
  yield* indexDocuments(
    [...messages].map((message) => ({ row: message, ofMessage: true, deliveries: undefined })),
    nowMs,
  );
  const redone = from + made;
  if (redone < row.documents && made > 0) yield* run(REDONE, { id: row.id, redone });
  else yield* run(DIE, { id: row.id });
  return true;
}

/** See SearchWriter.indexAgain. Messages that are gone are left out: their runs go with the others of their day. */
export function* indexAgain(messageIds: readonly string[]): Steps<void> {
  for (const id of messageIds) {
    const message = yield* one(MESSAGE, { id });
    if (message === undefined) continue;
    const place = placeOf(id);
    const rows = yield* all(OF_DAY, { account: message.account_id, day: dayOfPlace(place), place });
    for (const row of rows) {
      if (!(yield* documentsOf(row)).some(({ key }) => key === message.id)) continue;
      // What is being merged is made again when that is done.
      yield* run(REDO, { ids: JSON.stringify([row.merged_into ?? row.id]) });
    }
  }
}
