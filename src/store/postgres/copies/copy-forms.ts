/**
 * What PostgreSQL keeps in another form than a copy carries it (copy/copied-tables.ts): counts of one thing in a row for each
 * node, summed here (what is copied has no node: `node_id` is 0 by default); content without what is being removed.
 */
import { joinTimes } from '../../delivery-times.ts';
import { DESTINATION_COUNTS, HEALTH_COUNTS, STATISTIC_COUNTS } from '../../copy/copied-tables.ts';
import type { CopiedRow } from '../../copy/row-digest.ts';

const sums = (names: readonly string[]) => names.map((name) => `sum(${name}) AS ${name}`).join(', ');

const destinationCounts = DESTINATION_COUNTS.map(
  (name) =>
    `coalesce((SELECT sum(c.${name}) FROM destination_count c WHERE c.destination_id = d.id), 0) AS ${name}`,
).join(', ');

/** The rows of a table as they are carried; others are read as they are. */
export const READ_FROM: Readonly<Record<string, string>> = {
  // Asked for each chunk by the key: as a join, all messages would be read for each page.
  content_chunk: `(SELECT c.id, c.data FROM content_chunk c
    WHERE (SELECT m.content_gone FROM message m WHERE m.id = c.id / 16384) = 0)`,
  destination: `(SELECT d.id, d.name, d.next_due_at, d.blocked_until, d.suspended, d.failures, d.last_error, d.tries,
    d.withholds_until, ${destinationCounts} FROM destination d)`,
  statistic: `(SELECT span, account_id, kind, number, name, ${sums(STATISTIC_COUNTS)}, array_agg(times) AS times
    FROM statistic GROUP BY span, account_id, kind, number, name)`,
  health_hour: `(SELECT kind, hour, account_id, name, ${sums(HEALTH_COUNTS)} FROM health_hour
    GROUP BY kind, hour, account_id, name)`,
};

/** Tables whose columns are in two. */
export const SPLIT: Readonly<
  Record<string, { readonly table: string; readonly columns: readonly string[]; readonly key: string }>
> = {
  destination: { table: 'destination_count', columns: DESTINATION_COUNTS, key: 'destination_id' },
};

/** A value as it is carried: the times of several nodes as one. */
export function carried(value: unknown): CopiedRow[number] {
  if (!Array.isArray(value)) return value as CopiedRow[number];
  const times = value.filter((one): one is Uint8Array => one !== null);
  return times.length < 2 ? (times[0] ?? null) : times.reduce((sum, one) => joinTimes(sum, one));
}
