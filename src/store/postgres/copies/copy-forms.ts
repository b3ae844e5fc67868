/**
 * Tables that PostgreSQL stores in another form than a copy has (sql/copies/copied-tables.ts): counts that have a row for each node
 * are summed (the copy has no nodes: `node_id` defaults to 0), and content that is being removed is left out.
 */
import { joinTimes } from '../../delivery-times.ts';
import { DESTINATION_COUNTS, HEALTH_COUNTS, STATISTIC_COUNTS } from '../../sql/copies/copied-tables.ts';
import type { CopiedRow } from '../../copy/row-digest.ts';

const sums = (names: readonly string[]) => names.map((name) => `sum(${name}) AS ${name}`).join(', ');

const destinationCounts = DESTINATION_COUNTS.map(
  (name) =>
    `coalesce((SELECT sum(c.${name}) FROM destination_count c WHERE c.destination_id = d.id), 0) AS ${name}`,
).join(', ');

/** The query for a table's rows in the form of the copy; other tables are read as they are. */
export const READ_FROM: Readonly<Record<string, string>> = {
  // Looked up by key for each chunk: a join would read all messages for each page.
  content_chunk: `(SELECT c.id, c.data FROM content_chunk c
    WHERE (SELECT m.content_gone FROM message m WHERE m.id = c.id / 16384) = 0)`,
  destination: `(SELECT d.id, d.name, d.next_due_at, d.blocked_until, d.suspended, d.failures, d.last_error, d.tries,
    d.withholds_until, d.waits_for, ${destinationCounts} FROM destination d)`,
  statistic: `(SELECT span, account_id, kind, number, name, ${sums(STATISTIC_COUNTS)}, array_agg(times) AS times
    FROM statistic GROUP BY span, account_id, kind, number, name)`,
  health_hour: `(SELECT kind, hour, account_id, name, ${sums(HEALTH_COUNTS)} FROM health_hour
    GROUP BY kind, hour, account_id, name)`,
};

/** Tables whose columns are split over two. */
export const SPLIT: Readonly<
  Record<string, { readonly table: string; readonly columns: readonly string[]; readonly key: string }>
> = {
  destination: { table: 'destination_count', columns: DESTINATION_COUNTS, key: 'destination_id' },
};

/** A value in the form of the copy: the times of several nodes as one. */
export function carried(value: unknown): CopiedRow[number] {
  if (!Array.isArray(value)) return value as CopiedRow[number];
  const times = value.filter((one): one is Uint8Array => one !== null);
  return times.length < 2 ? (times[0] ?? null) : times.reduce((sum, one) => joinTimes(sum, one));
}
