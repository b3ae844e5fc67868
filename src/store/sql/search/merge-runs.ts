/** Merges runs step by step: documents first, then terms. A merge that was interrupted goes on where its rows say. */
import { mergeStretches, type Stretch } from '../../search/merge-blocks.ts';
import type { SearchDocument } from '../../search/documents.ts';
import { statement } from '../statement.ts';
import { all, one, run, type Steps } from '../steps.ts';
import { mergeFullLevel } from './merge-choice.ts';
import {
  BEING_MADE,
  BEING_REMOVED,
  documentsOf,
  insertBlocks,
  insertDocuments,
  LIVE,
  RUN_COLUMNS,
  type RunRow,
} from './run-rows.ts';

/** Of an input: with one alone a step might complete no term. */
const LEAST_BLOCKS = 2;
const DOCUMENTS_A_STEP = 8_192;

const SMALLEST = statement<Record<string, never>, RunRow>(
  `SELECT ${RUN_COLUMNS} FROM search_run WHERE state <> ${LIVE} AND state = ${BEING_MADE} ORDER BY documents LIMIT 1`,
);
const INPUTS = statement<{ into: number }, RunRow>(
  `SELECT ${RUN_COLUMNS} FROM search_run WHERE merged_into = :into ORDER BY first_place, id`,
);
const BLOCKS = statement<
  { account: number; run: number; term: number; limit: number },
  { first: number; data: Uint8Array }
>(
  `SELECT first, data FROM search_block WHERE account_id = :account AND run_id = :run
     AND first >= coalesce((SELECT max(b.first) FROM search_block b
       WHERE b.account_id = :account AND b.run_id = :run AND b.first >= 0 AND b.first <= :term), 0)
   ORDER BY first LIMIT :limit`,
);
const BUILT = statement<{ id: number; documents: number; term: number }>(
  'UPDATE search_run SET built_documents = :documents, built_term = :term WHERE id = :id',
);
const MAKE_LIVE = statement<{ id: number; now: number }>(
  `UPDATE search_run SET state = ${LIVE}, checked_at = :now WHERE id = :id`,
);
const REMOVE_INPUTS = statement<{ into: number }>(
  `UPDATE search_run SET state = ${BEING_REMOVED}, merged_into = NULL WHERE merged_into = :into`,
);

/** One step of the smallest merge there is, which reads some `blocks` of all its inputs together; false: there is none. */
export function* mergeSome(blocks: number, nowMs: number): Steps<boolean> {
  const made = yield* one(SMALLEST, {});
  if (made === undefined) return false;
  const inputs = yield* all(INPUTS, { into: made.id });
  if (made.built_documents < made.documents) yield* copyDocuments(made, inputs);
  else yield* mergeTerms(made, inputs, blocks, nowMs);
  return true;
}

function* copyDocuments(made: RunRow, inputs: readonly RunRow[]): Steps<void> {
  const documents: SearchDocument[] = [];
  let before = 0;
  for (const input of inputs) {
    const from = made.built_documents + documents.length - before;
    if (from < input.documents && documents.length < DOCUMENTS_A_STEP)
      documents.push(...(yield* documentsOf(input, from)));
    before += input.documents;
  }
  const some = documents.slice(0, DOCUMENTS_A_STEP);
  yield* insertDocuments(made, made.built_documents, some);
  yield* run(BUILT, { id: made.id, documents: made.built_documents + some.length, term: made.built_term });
}

function* mergeTerms(made: RunRow, inputs: readonly RunRow[], most: number, nowMs: number): Steps<void> {
  const limit = Math.max(LEAST_BLOCKS, Math.floor(most / inputs.length));
  const stretches: Stretch[] = [];
  for (const { id, account_id: account, documents } of inputs) {
    const blocks = yield* all(BLOCKS, { account, run: id, term: made.built_term + 1, limit });
    stretches.push({ documents, blocks, isLast: blocks.length < limit });
  }
  const { blocks, upTo } = mergeStretches(stretches, made.built_term);
  yield* insertBlocks(made, blocks);
  if (upTo !== undefined) {
    yield* run(BUILT, { id: made.id, documents: made.built_documents, term: upTo });
    return;
  }
  yield* run(MAKE_LIVE, { id: made.id, now: Math.round(nowMs) });
  yield* run(REMOVE_INPUTS, { into: made.id });
  yield* mergeFullLevel(made, nowMs);
}
