/** Reads the texts of messages and of replies to them, and makes runs of them. */
import { DELIVERIES_PER_MESSAGE, messageKeyOf } from '../../flow/keys.ts';
import { TermCollector } from '../../search/build-run.ts';
import type { SearchDocument } from '../../search/documents.ts';
import { dayOfPlace, placeOf } from '../../search/place.ts';
import { messageTerms, replyTerms, type ReplyTexts } from '../../search/terms.ts';
import { statement } from '../statement.ts';
import { all, type Steps } from '../steps.ts';
import { replyOf, type AttemptRow } from '../queue/queue-rows.ts';
import { insertBlocks, insertDocuments, insertRun, LIVE } from './run-rows.ts';
import { mergeFullLevel } from './merge-choice.ts';
import { takeRunKey } from './search-state.ts';

/** Columns of a message whose texts are indexed, of the table `m`. */
export const TEXT_COLUMNS = `m.id, m.public_id, m.account_id, m.reverse_path, m.header_from, m.subject, m.message_id_field,
  m.recipients`;

export interface TextRow {
  readonly id: number;
  readonly public_id: string;
  readonly account_id: number;
  readonly reverse_path: string;
  readonly header_from: string;
  readonly subject: string | null;
  readonly message_id_field: string;
  readonly recipients: number;
}

/** What of a message is indexed: its own texts, or replies to it, or both. */
export interface Indexed {
  readonly row: TextRow;
  readonly ofMessage: boolean;
  /** Keys of the deliveries whose replies are indexed; `undefined`: of all. */
  readonly deliveries: readonly number[] | undefined;
}

const RECIPIENTS = statement<{ messages: string }, { id: number; recipient: string }>(
  ({ integersOf }) => `SELECT d.id, d.recipient FROM ${integersOf(':messages', 'm')} CROSS JOIN delivery d
   WHERE d.id BETWEEN m.value * ${DELIVERIES_PER_MESSAGE}
     AND m.value * ${DELIVERIES_PER_MESSAGE} + ${DELIVERIES_PER_MESSAGE - 1}`,
);
type ReplyRow = Pick<AttemptRow, 'reply_code' | 'status' | 'text'> & { readonly delivery_id: number };
const REPLIES = `SELECT a.delivery_id, a.reply_code, a.status, a.text FROM`;
const REPLIES_OF = statement<{ deliveries: string }, ReplyRow>(
  ({ integersOf }) =>
    `${REPLIES} ${integersOf(':deliveries', 'd')} CROSS JOIN attempt a WHERE a.delivery_id = d.value`,
);
const ALL_REPLIES = statement<{ messages: string }, ReplyRow>(
  ({ integersOf }) => `${REPLIES} ${integersOf(':messages', 'm')} CROSS JOIN attempt a
   WHERE a.delivery_id BETWEEN m.value * ${DELIVERIES_PER_MESSAGE}
     AND m.value * ${DELIVERIES_PER_MESSAGE} + ${DELIVERIES_PER_MESSAGE - 1}`,
);

/** By message. */
export function* recipientsOf(keys: readonly number[]): Steps<ReadonlyMap<number, readonly string[]>> {
  if (keys.length === 0) return new Map();
  const rows = yield* all(RECIPIENTS, { messages: JSON.stringify(keys) });
  return grouped(rows.map(({ id, recipient }) => [messageKeyOf(id), recipient]));
}

/** Replies to all deliveries of these messages, by message. */
export function* repliesTo(keys: readonly number[]): Steps<ReadonlyMap<number, readonly ReplyTexts[]>> {
  if (keys.length === 0) return new Map();
  return byMessage(yield* all(ALL_REPLIES, { messages: JSON.stringify(keys) }));
}

function* repliesToDeliveries(keys: readonly number[]): Steps<ReadonlyMap<number, readonly ReplyTexts[]>> {
  if (keys.length === 0) return new Map();
  return byMessage(yield* all(REPLIES_OF, { deliveries: JSON.stringify(keys) }));
}

function byMessage(rows: readonly ReplyRow[]): ReadonlyMap<number, readonly ReplyTexts[]> {
  return grouped(
    rows.map((row) => {
      const { reply_code: code } = row;
      const accepts = code !== null && code >= 200 && code < 300;
      return [messageKeyOf(row.delivery_id), { text: replyOf(row), accepts }];
    }),
  );
}

/** Makes a run for each account and day of them; resolves to the number of documents. */
export function* indexDocuments(parts: readonly Indexed[], nowMs: number): Steps<number> {
  const recipients = yield* recipientsOf(parts.filter(({ ofMessage }) => ofMessage).map(({ row }) => row.id));
  const repliesOfAll = yield* repliesTo(
    parts.filter(({ deliveries }) => deliveries === undefined).map(({ row }) => row.id),
  );
  const repliesOfSome = yield* repliesToDeliveries(parts.flatMap(({ deliveries }) => deliveries ?? []));
  const groups = grouped(
    parts.map((part) => [`${part.row.account_id} ${dayOfPlace(placeOf(part.row.public_id))}`, part]),
  );
  let indexed = 0;
  for (const group of groups.values()) {
    const terms = new TermCollector();
    const documents: SearchDocument[] = [];
    for (const { row, ofMessage, deliveries } of group) {
      const before = terms.size;
      const add = (term: number) => {
        terms.add(term, documents.length);
      };
      if (ofMessage) messageTerms(textsOf(row, recipients.get(row.id) ?? []), add);
      const replies = (deliveries === undefined ? repliesOfAll : repliesOfSome).get(row.id) ?? [];
      for (const reply of replies) replyTerms(reply, add);
      if (terms.size > before) documents.push({ key: row.id, place: placeOf(row.public_id) });
    }
    const [first] = group;
    if (first === undefined || documents.length === 0) continue;
    yield* addRun(first.row.account_id, documents, terms, nowMs);
    indexed += documents.length;
  }
  return indexed;
}

function* addRun(
  account: number,
  documents: readonly SearchDocument[],
  terms: TermCollector,
  nowMs: number,
): Steps<void> {
  const places = documents.map(({ place }) => place);
  const made = {
    id: yield* takeRunKey(),
    account_id: account,
    day: dayOfPlace(places[0] ?? 0),
    level: 0,
    documents: documents.length,
    first_place: Math.min(...places),
    last_place: Math.max(...places),
  };
  yield* insertRun(made, LIVE, nowMs);
  yield* insertDocuments(made, 0, documents);
  yield* insertBlocks(made, terms.blocks(documents.length));
  yield* mergeFullLevel(made, nowMs);
}

function textsOf(row: TextRow, recipients: readonly string[]) {
  return {
    recipients,
    reversePath: row.reverse_path,
    headerFrom: row.header_from,
    subject: row.subject ?? undefined,
    messageIdField: row.message_id_field,
  };
}

function grouped<K, V>(pairs: readonly (readonly [K, V])[]): ReadonlyMap<K, readonly V[]> {
  const groups = new Map<K, V[]>();
  for (const [key, value] of pairs) {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
