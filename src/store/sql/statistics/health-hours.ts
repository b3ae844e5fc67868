/** Reads and removes health's counts by hour, beside the flow of mail. */
import { statement } from '../statement.ts';
import { one, run, type Steps } from '../steps.ts';
import { KIND_NUMBERS } from './health-kinds.ts';
import { hourOf } from './hours.ts';

/** The window of a day, and the hour in which it begins. */
const KEEP_HOURS = 25;
const ROWS_A_STEP = 500;

const DELIVERED = statement<
  { hours: string; kind: number; account: number; name: string },
  { delivered: number | null }
>(
  ({
    integersOf,
  }) => `SELECT sum(h.delivered) AS delivered FROM ${integersOf(':hours', 'n')} CROSS JOIN health_hour h
   WHERE h.kind = :kind AND h.hour = n.value AND h.account_id = :account AND h.name = :name`,
);
const REMOVE_OLD = statement<{ kind: number; before: number; limit: number }>(
  `DELETE FROM health_hour WHERE (kind, hour, account_id, name) IN
   (SELECT kind, hour, account_id, name FROM health_hour WHERE kind = :kind AND hour < :before LIMIT :limit)`,
);

/** Deliveries of the stream that were delivered in the last 24 hours, before this transaction. */
export function* deliveredOfDay(account: number, stream: string, nowMs: number): Steps<number> {
  const hours = Array.from({ length: KEEP_HOURS }, (_, index) => hourOf(nowMs) - index);
  const values = { hours: JSON.stringify(hours), kind: KIND_NUMBERS.stream, account, name: stream };
  return (yield* one(DELIVERED, values))?.delivered ?? 0;
}

/** Removes some hours that are outside every window; resolves to the number of rows. */
export function* removeOldHealthHours(nowMs: number): Steps<number> {
  const before = hourOf(nowMs) - KEEP_HOURS;
  let removed = 0;
  for (const kind of Object.values(KIND_NUMBERS))
    removed += yield* run(REMOVE_OLD, { kind, before, limit: ROWS_A_STEP });
  return removed;
}
