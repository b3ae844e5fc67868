/**
 * Reading the event log behind a cursor. A read costs no more than a bounded number of rows, whatever the filter: it
 * looks at a stretch of sequences, and says where the next one begins. Events of one message have an index, which is
 * as short as the message has recipients and attempts.
 */
import type { Direct } from '../engine/reads.ts';
import type { Database, Statement } from 'better-sqlite3';
import type { EventFilter, EventPage, EventReader } from '../../queue-admin.ts';
import { pluck } from '../engine/prepare.ts';
import type { EventRow } from '../queue/queue-rows.ts';
import { eventOf } from '../queue/queue-rows.ts';
import { addRecipientCondition, defineAddressKey } from '../queue/recipient-condition.ts';
import { addCondition, SqlCache, whereSql, type Where } from '../engine/sql-cache.ts';

/** Rows that one read may look at. Some 5 ms where each has tags to compare, under 1 ms else. */
export const EVENTS_LOOKED_AT = 5_000;
/** Rows that one count goes over, some 10 ms. */
const EVENTS_COUNTED = 50_000;

/** Among so many of the last ones the newest is looked for: with a clock set back, the last is not the newest. */
const NEWEST_EVENTS = 1_000;
/** Only failures have their facts parsed. */
const COUNT_EVENTS = `SELECT type, count(*) AS count,
  CASE WHEN type IN ('deferred', 'bounced', 'expired') THEN json_extract(data, '$.class') END AS class
  FROM event WHERE sequence > ? AND sequence <= ? GROUP BY 1, 3`;

const COUNT_BOUNCES = `SELECT json_extract(data, '$.class') AS class, count(*) AS count
  FROM event WHERE sequence > ? AND sequence <= ? AND type = 'bounced' GROUP BY 1`;

/** On `db`, which may be read-only. */
export function createEventReader(db: Database): Direct<EventReader> {
  defineAddressKey(db);
  const sql = new SqlCache(db);
  const first = pluck<[], number | null>(db, 'SELECT min(sequence) FROM event');
  const last = pluck<[], number | null>(db, 'SELECT max(sequence) FROM event');
  const newest = pluck<[number], number | null>(db, 'SELECT max(at) FROM event WHERE sequence > ?');
  return {
    readEvents: (filter) => readEvents(sql, stretchOf(filter, first, last), filter),
    countEvents(after) {
      const next = Math.min(after + EVENTS_COUNTED, Math.max(last.get() ?? 0, after));
      const rows = sql
        .prepare<{ type: string; class: string | null; count: number }>(COUNT_EVENTS)
        .all(after, next);
      return {
        counts: summed(rows.map(({ type, count }) => [type, count])),
        failures: summed(rows.map((row) => [row.class ?? undefined, row.count])),
        next,
      };
    },
    countBounces(after, upTo) {
      const next = Math.min(after + EVENTS_COUNTED, Math.max(upTo, after));
      const rows = sql.prepare<{ class: string | null; count: number }>(COUNT_BOUNCES).all(after, next);
      return { classes: summed(rows.map((row) => [row.class ?? 'undefined', row.count])), next };
    },
    lastEventSequence: () => last.get() ?? 0,
    newestEventMs: () => newest.get((last.get() ?? 0) - NEWEST_EVENTS) ?? undefined,
  };
}

function summed(counts: readonly (readonly [string | undefined, number])[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [key, count] of counts) if (key !== undefined) sums[key] = (sums[key] ?? 0) + count;
  return sums;
}

/** Sequences above `start` and up to `end`, of which `last` is the newest that there is. */
interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly last: number;
}

function stretchOf(
  { after, messageId }: EventFilter,
  first: Statement<[], number | null>,
  last: Statement<[], number | null>,
): Stretch {
  // Before the rows are read: what is committed in between belongs to the next page.
  const newest = Math.max(last.get() ?? 0, after);
  if (messageId !== undefined) return { start: after, end: newest, last: newest };
  const oldest = first.get() ?? newest + 1;
  const start = Math.max(after, oldest - 1);
  return { start, end: Math.min(start + EVENTS_LOOKED_AT, newest), last: newest };
}

function readEvents(sql: SqlCache, { start, end, last }: Stretch, filter: EventFilter): EventPage {
  if (end <= start) return { events: [], next: Math.max(start, filter.after), more: false };
  const where: Where = { sql: ['e.sequence > ?', 'e.sequence <= ?'], values: [start, end] };
  addCondition(where, 'e.message_id = ?', filter.messageId);
  addRecipientCondition(where, 'e.recipient', filter.recipient);
  addCondition(where, 'e.account_id = (SELECT id FROM account WHERE public_id = ?)', filter.accountId);
  addCondition(where, 'e.stream = ?', filter.stream);
  addCondition(where, 'EXISTS (SELECT 1 FROM json_each(e.tags) WHERE value = ?)', filter.tag);
  if (filter.types.length > 0) {
    where.sql.push(`e.type IN (${filter.types.map(() => '?').join(', ')})`);
    where.values.push(...filter.types);
  }
  const from = filter.messageId === undefined ? 'event e' : 'event e INDEXED BY event_message';
  const text = `SELECT e.*, (SELECT name FROM account WHERE id = e.account_id) AS account_name FROM ${from}
    ${whereSql(where)} ORDER BY e.sequence LIMIT ?`;
  const events = sql
    .prepare<EventRow>(text)
    .all(...where.values, filter.limit)
    .map(eventOf);
  const next = events.length < filter.limit ? end : (events.at(-1)?.sequence ?? filter.after);
  return { events, next, more: next < last };
}
