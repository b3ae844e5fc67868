/**
 * Tries of destinations that failed as a whole, for the deliveries that waited there: stored once each, and found by time.
 * One query for all deliveries of a page.
 */
import { statement } from '../statement.ts';
import { all, type Steps } from '../steps.ts';
import { ATTEMPT_COLUMNS, type AttemptRow } from './queue-rows.ts';

/** Tries shown in a delivery's history, the last ones. */
export const TRIES_SHOWN = 25;

/** The period in which a delivery waits for its destination. */
export interface Waiting {
  readonly destinationId: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The tries in a delivery's period. */
export interface SeenTries {
  readonly count: number;
  /** Newest first, at most {@link TRIES_SHOWN} tries with an attempt for each address. */
  readonly rows: readonly AttemptRow[];
}

interface SeenRow {
  readonly one: number;
  readonly two: number;
  readonly three: number;
  readonly first: number | null;
  readonly last: number | null;
}

interface TryRow extends AttemptRow {
  readonly destination_id: number;
  readonly number: number;
  readonly part: number;
}

const SEEN = statement<{ waiting: string }, SeenRow>(
  ({ triplesOf, indexedBy }) => `SELECT w.one, w.two, w.three,
     (SELECT t.number FROM destination_try t ${indexedBy('destination_try_at')}
      WHERE t.destination_id = w.one AND t.at >= w.two ORDER BY t.at LIMIT 1) AS first,
     (SELECT t.number FROM destination_try t ${indexedBy('destination_try_at')}
      WHERE t.destination_id = w.one AND t.at <= w.three ORDER BY t.at DESC LIMIT 1) AS last
   FROM ${triplesOf(':waiting', 'w')}`,
);
const TRIES = statement<{ ranges: string }, TryRow>(
  ({ triplesOf }) => `SELECT t.destination_id, t.number, t.part, ${ATTEMPT_COLUMNS}
   FROM ${triplesOf(':ranges', 'r')} CROSS JOIN destination_try t
   WHERE t.destination_id = r.one AND t.number BETWEEN r.two AND r.three`,
);

const NONE: SeenTries = { count: 0, rows: [] };

/** The tries for each of `waiting`. `latestOnly`: one row each. */
export function* seenTries(
  waiting: readonly Waiting[],
  latestOnly: boolean,
): Steps<(of: Waiting) => SeenTries> {
  if (waiting.length === 0) return () => NONE;
  const triples = new Map(waiting.map((one) => [keyOf(one), [one.destinationId, one.fromMs, one.toMs]]));
  const seen = new Map<string, { count: number; from: number; last: number }>();
  for (const row of yield* all(SEEN, { waiting: JSON.stringify([...triples.values()]) })) {
    const { one: destinationId, two: fromMs, three: toMs, first, last } = row;
    if (first === null || last === null || last < first) continue;
    const from = latestOnly ? last : Math.max(first, last - TRIES_SHOWN + 1);
    seen.set(keyOf({ destinationId, fromMs, toMs }), { count: last - first + 1, from, last });
  }
  if (seen.size === 0) return () => NONE;
  const ranges = new Map<number, [destinationId: number, from: number, last: number]>();
  for (const [key, { from, last }] of seen) {
    const destinationId = Number(key.split(' ')[0]);
    const [, lowest = from, highest = last] = ranges.get(destinationId) ?? [];
    ranges.set(destinationId, [destinationId, Math.min(from, lowest), Math.max(last, highest)]);
  }
  const found = yield* all(TRIES, { ranges: JSON.stringify([...ranges.values()]) });
  const tries = [...found].sort((one, other) => other.number - one.number || other.part - one.part);
  return (of) => {
    const saw = seen.get(keyOf(of));
    if (saw === undefined) return NONE;
    const { count, from, last } = saw;
    const rows = tries.filter(
      ({ destination_id: id, number }) => id === of.destinationId && number >= from && number <= last,
    );
    return { count, rows: latestOnly ? rows.slice(0, 1) : rows };
  };
}

function keyOf({ destinationId, fromMs, toMs }: Waiting): string {
  return `${destinationId} ${fromMs} ${toMs}`;
}
