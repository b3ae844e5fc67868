/**
 * Statistics by name: the largest names of a group in a scope, including counts that are not folded yet. Read twice: once to
 * find the largest, once to add up those. Whole months are read as months, so a year costs about ten thousand small rows.
 */
import { STATISTIC_COUNTS, type StatisticGroup, type StatisticOfName } from '../../stats.ts';
import type { SourceTally, Tally } from './statistic-delta.ts';
import { inMonths } from './statistic-months.ts';
import { DAY_SPAN, GROUP_KINDS, HOUR_SPAN, MONTH_SPAN } from './statistic-rows.ts';
import { addTally, figuresOf, noTally, partsOf, sums, tallyOf, type SumRow } from './statistic-tallies.ts';
import { statement } from '../statement.ts';
import { all, one, type Steps } from '../steps.ts';
import { IN_RANGE, type Range, type Scope } from './statistic-scope.ts';

const ACCEPTED = STATISTIC_COUNTS.indexOf('accepted');
const DELIVERED = STATISTIC_COUNTS.indexOf('delivered');

const SIZES = statement<Range, { name: string; size: number }>(
  `SELECT name, sum(accepted + delivered) AS size FROM statistic WHERE ${IN_RANGE} GROUP BY name`,
);
const BY_NAME = statement<Range & { readonly names: string }, SumRow & { name: string }>(
  (dialect) => `SELECT name, ${sums(dialect)} FROM statistic
    WHERE ${IN_RANGE} AND ${dialect.isIn('name', ':names')} GROUP BY name`,
);
const TITLE = statement<{ id: string }, { name: string }>(
  'SELECT name FROM credential WHERE public_id = :id',
);

/** The largest names, and the number of others. */
export function* namesOf(
  scope: Scope,
  { group, limit }: { readonly group: StatisticGroup; readonly limit: number },
  pending: readonly SourceTally[],
): Steps<{ readonly names: StatisticOfName[]; readonly more: number }> {
  const waiting = new Map<string, Tally>();
  for (const tally of pending)
    for (const [name, part] of partsOf(tally, group)) addTally(valueOf(waiting, name, noTally), part);
  const ranges = rangesOf(scope, GROUP_KINDS[group]);
  const size = new Map<string, number>();
  for (const range of ranges)
    for (const row of yield* all(SIZES, range)) size.set(row.name, (size.get(row.name) ?? 0) + row.size);
  for (const [name, { counts }] of waiting)
    size.set(name, (size.get(name) ?? 0) + (counts.get(ACCEPTED) ?? 0) + (counts.get(DELIVERED) ?? 0));
  const largest = [...size].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1)).slice(0, limit);
  const tallies = new Map(largest.map(([name]) => [name, noTally()]));
  const wanted = JSON.stringify(largest.map(([name]) => name));
  for (const range of ranges)
    for (const row of yield* all(BY_NAME, { ...range, names: wanted }))
      addTally(valueOf(tallies, row.name, noTally), tallyOf(row));
  const names: StatisticOfName[] = [];
  for (const [name, tally] of tallies) {
    const part = waiting.get(name);
    if (part !== undefined) addTally(tally, part);
    const title = group === 'credential' ? (yield* one(TITLE, { id: name }))?.name : undefined;
    names.push({ name, title, ...figuresOf(tally) });
  }
  return { names, more: size.size - names.length };
}

/** The row ranges for names in that period, for each account: by hour, or by month with the days around. */
function rangesOf({ span, from, to, accounts }: Scope, kind: number): readonly Range[] {
  if (span === HOUR_SPAN) return accounts.map((account) => ({ span: HOUR_SPAN, account, kind, from, to }));
  const { months, days } = inMonths([from, to]);
  const parts = [[MONTH_SPAN, months] as const, ...days.map((part) => [DAY_SPAN, part] as const)];
  return accounts.flatMap((account) =>
    parts.map(([unit, [first, end]]) => ({ span: unit, account, kind, from: first, to: end })),
  );
}

function valueOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
