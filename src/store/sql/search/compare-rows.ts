/** Compares messages with what a search asks, newest first, and makes a page of those that match. */
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import { messageKeyOf, DELIVERIES_PER_MESSAGE } from '../../flow/keys.ts';
import type { MessagePage } from '../../queue-admin.ts';
import {
  asksDeliveries,
  foldedSearch,
  matchesDeliveries,
  matchesReply,
  mayMatch,
  type Candidate,
  type CandidateDelivery,
  type FoldedSearch,
} from '../../search/match.ts';
import type { MessageSearch } from '../../search.ts';
import { tagsOf } from '../json-columns.ts';
import { selectMessage, type MessageRow } from '../queue/message-rows.ts';
import { messageViews } from '../queue/message-views.ts';
import { isRecipient } from '../queue/recipients.ts';
import { statement } from '../statement.ts';
import { all, type Steps } from '../steps.ts';
import { repliesTo } from './document-rows.ts';

/** Deliveries compared by one read, about 5 ms, or 200 ms of the costliest addresses; the message that exceeds this is still compared. */
const DELIVERIES_COMPARED = 5_000;
/** Replies, likewise. */
const REPLIES_COMPARED = 2_000;
/** Deliveries whose replies are read at once. */
const DELIVERIES_AT_ONCE = 500;
/** A page ends early when its messages have this many recipients. */
const DELIVERIES_SHOWN = 2_000;

export type Found = MessageRow;

const MESSAGES = statement<{ keys: string }, MessageRow>(
  ({ integersOf }) => `${selectMessage()} WHERE m.id IN (SELECT value FROM ${integersOf(':keys', 'k')})`,
);
const DELIVERIES = statement<
  { messages: string },
  { id: number; recipient: string; state: DeliveryState; destination: string }
>(
  ({ integersOf }) => `SELECT d.id, d.recipient, d.state,
     (SELECT name FROM destination WHERE id = d.destination_id) AS destination
   FROM ${integersOf(':messages', 'm')} CROSS JOIN delivery d
   WHERE d.id BETWEEN m.value * ${DELIVERIES_PER_MESSAGE}
     AND m.value * ${DELIVERIES_PER_MESSAGE} + ${DELIVERIES_PER_MESSAGE - 1}`,
);

/**
 * Those of `found` that match, up to the limit: rows in order, or keys, of which the newest come first. `next`: not all were
 * compared, or shown; `undefined`: all were.
 */
export function* compared(
  search: MessageSearch,
  found: readonly Found[] | readonly number[],
): Steps<MessagePage> {
  const rows = yield* rowsOf(found, search.before);
  const some = upTo(rows, DELIVERIES_COMPARED);
  const { matching, examined } = yield* matchesOf(foldedSearch(search), some);
  const shown = upTo(matching.slice(0, search.limit), DELIVERIES_SHOWN);
  const messages = yield* messageViews(shown);
  if (shown.length < matching.length) return { messages, next: shown.at(-1)?.public_id };
  return { messages, next: examined < rows.length ? rows[examined - 1]?.public_id : undefined };
}

function* rowsOf(
  found: readonly Found[] | readonly number[],
  before: string | undefined,
): Steps<readonly Found[]> {
  const [first] = found;
  if (first === undefined) return [];
  if (typeof first !== 'number') return found as readonly Found[];
  const rows = yield* all(MESSAGES, { keys: JSON.stringify(found) });
  return rows
    .filter((row) => before === undefined || row.public_id < before)
    .sort((one, other) => (one.public_id < other.public_id ? 1 : -1));
}

/** `examined`: how many of the rows were compared in full; one at least. */
function* matchesOf(
  search: FoldedSearch,
  rows: readonly Found[],
): Steps<{ readonly matching: readonly Found[]; readonly examined: number }> {
  const pairs = rows.map((row) => [row, candidateOf(row)] as const);
  let left = pairs.filter(([, candidate]) => mayMatch(candidate, search));
  if (asksDeliveries(search)) {
    const deliveries = yield* deliveriesOf(left.map(([{ id }]) => id));
    left = left.filter(([{ id }, candidate]) =>
      matchesDeliveries(candidate, deliveries.get(id) ?? [], search, isRecipient),
    );
  }
  const likely = left.map(([row]) => row);
  if (search.reply === undefined) return { matching: likely, examined: rows.length };
  const { matching, next } = yield* withReply(search, likely);
  return { matching, examined: next === undefined ? rows.length : rows.indexOf(next) };
}

/** `next`: the first that was not compared. A delivery may have many replies, which nothing tells before they are read. */
function* withReply(
  search: FoldedSearch,
  rows: readonly Found[],
): Steps<{ readonly matching: readonly Found[]; readonly next: Found | undefined }> {
  const matching: Found[] = [];
  let at = 0;
  for (let compared = 0; at < rows.length && compared < REPLIES_COMPARED;) {
    const some = upTo(rows.slice(at), DELIVERIES_AT_ONCE);
    const replies = yield* repliesTo(some.map(({ id }) => id));
    for (const row of some) {
      const ofRow = replies.get(row.id) ?? [];
      compared += ofRow.length;
      if (ofRow.some((one) => matchesReply(one, search))) matching.push(row);
    }
    at += some.length;
  }
  return { matching, next: rows[at] };
}

function* deliveriesOf(keys: readonly number[]): Steps<ReadonlyMap<number, readonly CandidateDelivery[]>> {
  const byMessage = new Map<number, CandidateDelivery[]>();
  if (keys.length === 0) return byMessage;
  for (const row of yield* all(DELIVERIES, { messages: JSON.stringify(keys) })) {
    const known = byMessage.get(messageKeyOf(row.id));
    if (known === undefined) byMessage.set(messageKeyOf(row.id), [row]);
    else known.push(row);
  }
  return byMessage;
}

function candidateOf(row: Found): Candidate {
  return {
    stream: row.stream,
    tags: tagsOf(row.tags),
    credential: row.credential_public_id ?? undefined,
    acceptedAtMs: row.accepted_at,
    reversePath: row.reverse_path,
    headerFrom: row.header_from,
    subject: row.subject ?? undefined,
    messageIdField: row.message_id_field,
  };
}

/** Those whose recipients together are at most `deliveries`, and one that exceeds it. */
function upTo(rows: readonly Found[], deliveries: number): readonly Found[] {
  let sum = 0;
  const end = rows.findIndex(({ recipients }, index) => {
    if (index > 0 && sum >= deliveries) return true;
    sum += recipients;
    return false;
  });
  return end === -1 ? rows : rows.slice(0, end);
}
