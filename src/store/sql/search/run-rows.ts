/** Rows of runs and of their blocks. A run has the documents of one account and one day; its blocks never change once it is live. */
import {
  decodeDocuments,
  DOCUMENTS_A_BLOCK,
  encodeDocuments,
  readDocuments,
  type SearchDocument,
} from '../../search/documents.ts';
import { MOST_DOCUMENTS, type Block } from '../../search/postings.ts';
import { statement } from '../statement.ts';
import { all, one, run, type Steps } from '../steps.ts';

export const BEING_MADE = 0;
export const LIVE = 1;
export const BEING_REMOVED = 2;

export interface RunRow {
  readonly id: number;
  readonly account_id: number;
  readonly day: number;
  readonly level: number;
  readonly documents: number;
  readonly first_place: number;
  readonly last_place: number;
  readonly built_documents: number;
  readonly built_term: number;
  readonly gone: number;
  readonly redone: number | null;
}

export const RUN_COLUMNS = `id, account_id, day, level, documents, first_place, last_place, built_documents, built_term, gone,
  redone`;

export type NewRun = Pick<
  RunRow,
  'id' | 'account_id' | 'day' | 'level' | 'documents' | 'first_place' | 'last_place'
>;

const INSERT_RUN = statement<NewRun & { state: number; now: number; redone: number | null }>(
  `INSERT INTO search_run (id, account_id, day, level, state, documents, first_place, last_place, checked_at, redone)
   VALUES (:id, :account_id, :day, :level, :state, :documents, :first_place, :last_place, :now, :redone)`,
);
const INSERT_BLOCK = statement<{ account: number; run: number; first: number; data: Uint8Array }>(
  'INSERT INTO search_block (account_id, run_id, first, data) VALUES (:account, :run, :first, :data)',
);
const DOCUMENTS = statement<
  { account: number; run: number; start: number; limit: number },
  { first: number; data: Uint8Array }
>(
  `SELECT first, data FROM search_block WHERE account_id = :account AND run_id = :run AND first < 0 AND first >= :start
   ORDER BY first LIMIT :limit`,
);
const BLOCK_OF_DOCUMENT = statement<{ account: number; run: number; start: number }, { first: number }>(
  `SELECT max(first) AS first FROM search_block
   WHERE account_id = :account AND run_id = :run AND first <= :start`,
);

const SOME_DOCUMENTS = statement<
  { account: number; run: number; firsts: string },
  { first: number; data: Uint8Array }
>(
  ({ integersOf }) => `SELECT b.first, b.data FROM ${integersOf(':firsts', 'f')} CROSS JOIN search_block b
   WHERE b.account_id = :account AND b.run_id = :run AND b.first = f.value`,
);

export function* insertRun(row: NewRun, state: number, nowMs: number, redone?: number): Steps<void> {
  yield* run(INSERT_RUN, { ...row, state, now: Math.round(nowMs), redone: redone ?? null });
}

export function* insertBlocks(
  { id, account_id: account }: Pick<RunRow, 'id' | 'account_id'>,
  blocks: readonly Block[],
): Steps<void> {
  for (const { first, data } of blocks) yield* run(INSERT_BLOCK, { account, run: id, first, data });
}

/** `start`: the number of the first of them in the run. */
export function* insertDocuments(
  of: Pick<RunRow, 'id' | 'account_id'>,
  start: number,
  documents: readonly SearchDocument[],
): Steps<void> {
  const blocks: Block[] = [];
  for (let at = 0; at < documents.length; at += DOCUMENTS_A_BLOCK)
    blocks.push({
      first: start + at - MOST_DOCUMENTS,
      data: encodeDocuments(documents.slice(at, at + DOCUMENTS_A_BLOCK)),
    });
  yield* insertBlocks(of, blocks);
}

/** Its documents from number `start` on: those of `blocks` blocks. */
export function* documentsOf(
  { id, account_id: account }: Pick<RunRow, 'id' | 'account_id'>,
  start = 0,
  blocks = MOST_DOCUMENTS,
): Steps<SearchDocument[]> {
  const of = { account, run: id };
  const from =
    start === 0
      ? -MOST_DOCUMENTS
      : ((yield* one(BLOCK_OF_DOCUMENT, { ...of, start: start - MOST_DOCUMENTS }))?.first ?? -MOST_DOCUMENTS);
  const rows = yield* all(DOCUMENTS, { ...of, start: from, limit: blocks });
  return rows.flatMap(({ data }) => decodeDocuments(data)).slice(start - MOST_DOCUMENTS - from);
}

/** Calls `take` with the key and the place of each of these documents, which are numbers in the run; the last blocks, which are newer as a rule, first. */
export function* visitDocuments(
  { id, account_id: account }: Pick<RunRow, 'id' | 'account_id'>,
  numbers: readonly number[],
  take: (key: number, place: number) => void,
): Steps<void> {
  const byBlock = new Map<number, number[]>();
  for (const number of numbers) {
    const block = Math.floor(number / DOCUMENTS_A_BLOCK);
    const known = byBlock.get(block);
    if (known === undefined) byBlock.set(block, [number % DOCUMENTS_A_BLOCK]);
    else known.push(number % DOCUMENTS_A_BLOCK);
  }
  const firsts = [...byBlock.keys()].map((block) => block * DOCUMENTS_A_BLOCK - MOST_DOCUMENTS).reverse();
  for (const { first, data } of yield* all(SOME_DOCUMENTS, {
    account,
    run: id,
    firsts: JSON.stringify(firsts),
  })) {
    const { keys, places } = readDocuments(data);
    for (const index of byBlock.get((first + MOST_DOCUMENTS) / DOCUMENTS_A_BLOCK) ?? [])
      take(keys[index] ?? 0, places[index] ?? 0);
  }
}
