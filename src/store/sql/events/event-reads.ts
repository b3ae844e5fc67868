/**
 * Reads the event log after a cursor. A read costs a bounded number of rows, whatever the filter: it examines a range of
 * sequences, and returns where the next range begins. Events of one message have an index, which is as short as the message
 * has recipients and attempts.
 */
import type { EventFilter, EventPage, EventReader } from '../../queue-admin.ts';
import { filtered, given, type Conditions } from '../filters.ts';
import { eventOf, type EventRow } from '../queue/queue-rows.ts';
import { isRecipient, recipientValues } from '../queue/recipients.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, type Steps, type StepsOf } from '../steps.ts';
import { FIRST_EVENT, LAST_EVENT } from './event-ends.ts';

/** Rows that one read may examine. About 5 ms where each has tags to compare, below 1 ms otherwise. */
const EVENTS_LOOKED_AT = 5_000;
/** Rows of one count, about 10 ms. */
const EVENTS_COUNTED = 50_000;
/** The newest event is searched among this many of the last ones: after the clock was set back, the last is not the newest. */
const NEWEST_EVENTS = 1_000;

type Stretch = { readonly start: number; readonly end: number };

const NEWEST = statement<NoValues, { at: number | null }>(
  `SELECT max(at) AS at FROM (SELECT at FROM event ORDER BY sequence DESC LIMIT ${NEWEST_EVENTS}) newest`,
);
/** Facts are parsed for failures only. */
const COUNTS = statement<Stretch, { type: string; class: string | null; count: number }>(
  ({ textOf }) => `SELECT type, count(*) AS count,
     CASE WHEN type IN ('deferred', 'bounced', 'expired') THEN ${textOf('data', 'class')} END AS class
   FROM event WHERE sequence > :start AND sequence <= :end GROUP BY 1, 3`,
);
const BOUNCES = statement<Stretch, { class: string | null; count: number }>(
  ({ textOf }) => `SELECT ${textOf('data', 'class')} AS class, count(*) AS count
   FROM event WHERE sequence > :start AND sequence <= :end AND type = 'bounced' GROUP BY 1`,
);

const CONDITIONS: Conditions = {
  start: 'e.sequence > :start',
  end: 'e.sequence <= :end',
  recipient: ({ isAddress }) => isAddress('e.recipient'),
  message: 'e.message_id = :message',
  account: 'e.account_id = (SELECT id FROM account WHERE public_id = :account)',
  stream: 'e.stream = :stream',
  tag: ({ hasElement }) => hasElement('e.tags', ':tag'),
  types: ({ isIn }) => isIn('e.type', ':types'),
};
const SELECT = 'SELECT e.*, (SELECT name FROM account WHERE id = e.account_id) AS account_name FROM event e';
const OF_STRETCH = filtered<EventRow>(
  CONDITIONS,
  (where) => `${SELECT} WHERE ${where} ORDER BY e.sequence LIMIT :limit`,
);
const OF_MESSAGE = filtered<EventRow>(
  CONDITIONS,
  (where, { indexedBy }) =>
    `${SELECT} ${indexedBy('event_message')} WHERE ${where} ORDER BY e.sequence LIMIT :limit`,
);

export const eventReads: StepsOf<EventReader> = {
  readEvents,
  *countEvents(after) {
    const next = Math.min(after + EVENTS_COUNTED, Math.max(yield* lastSequence(), after));
    const rows = yield* all(COUNTS, { start: after, end: next });
    return {
      counts: summed(rows.map(({ type, count }) => [type, count])),
      failures: summed(rows.map((row) => [row.class ?? undefined, row.count])),
      next,
    };
  },
  *countBounces(after, upTo) {
    const next = Math.min(after + EVENTS_COUNTED, Math.max(upTo, after));
    const rows = yield* all(BOUNCES, { start: after, end: next });
    return { classes: summed(rows.map((row) => [row.class ?? 'undefined', row.count])), next };
  },
  lastEventSequence: lastSequence,
  *newestEventMs() {
    return (yield* one(NEWEST, {}))?.at ?? undefined;
  },
};

function* lastSequence(): Steps<number> {
  return (yield* one(LAST_EVENT, {}))?.sequence ?? 0;
}

function summed(counts: readonly (readonly [string | undefined, number])[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [key, count] of counts) if (key !== undefined) sums[key] = (sums[key] ?? 0) + count;
  return sums;
}

/** Sequences above `start` and up to `end`; `last` is the newest that exists. */
function* stretchOf({ after, messageId }: EventFilter): Steps<Stretch & { readonly last: number }> {
  // Read before the rows: events committed in between belong to the next page.
  const last = Math.max(yield* lastSequence(), after);
  if (messageId !== undefined) return { start: after, end: last, last };
  const oldest = (yield* one(FIRST_EVENT, {}))?.sequence ?? last + 1;
  const start = Math.max(after, oldest - 1);
  return { start, end: Math.min(start + EVENTS_LOOKED_AT, last), last };
}

function* readEvents(filter: EventFilter): Steps<EventPage> {
  const { start, end, last } = yield* stretchOf(filter);
  if (end <= start) return { events: [], next: Math.max(start, filter.after), more: false };
  const { messageId: message, recipient, accountId: account, stream, tag, types, limit } = filter;
  const values = {
    start,
    end,
    ...recipientValues(recipient),
    message,
    account,
    stream,
    tag,
    types: types.length === 0 ? undefined : JSON.stringify(types),
  };
  const names = given(values).filter((name) => name in CONDITIONS);
  const rows = yield* all((message === undefined ? OF_STRETCH : OF_MESSAGE)(names), { ...values, limit });
  const next = rows.length < limit ? end : (rows.at(-1)?.sequence ?? filter.after);
  const events = rows.filter((row) => isRecipient(row.recipient, recipient)).map(eventOf);
  return { events, next, more: next < last };
}
