/**
 * Statistics by name: the largest names of a group in a scope, with what is not folded yet. Read twice: once to find the
 * largest, once to add those up. Whole months are read as months, so a year costs some ten thousand small rows.
 */
import type { Database } from 'better-sqlite3';
import { STATISTIC_COUNTS, type StatisticGroup, type StatisticOfName } from '../../stats.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import type { SourceTally, Tally } from './statistic-delta.ts';
import { inMonths, type NumberRange } from './statistic-months.ts';
import { DAY_SPAN, GROUP_KINDS, HOUR_SPAN, MONTH_SPAN } from './statistic-rows.ts';
import { addTally, figuresOf, noTally, partsOf, SUMS, tallyOf, type SumRow } from './statistic-tallies.ts';
import { IN_RANGE, type Range, type Scope } from './statistic-scope.ts';

const ACCEPTED = STATISTIC_COUNTS.indexOf('accepted');
const DELIVERED = STATISTIC_COUNTS.indexOf('delivered');

/** The largest names, and how many more there are. */
export type ReadNames = (
  scope: Scope,
  wanted: { readonly group: StatisticGroup; readonly limit: number },
  pending: readonly SourceTally[],
) => { readonly names: StatisticOfName[]; readonly more: number };

export function createNameReader(db: Database): ReadNames {
  const sizes = prepare<Range, { name: string; size: number }>(
    db,
    `SELECT name, sum(accepted + delivered) AS size FROM statistic WHERE ${IN_RANGE} GROUP BY name`,
  );
  const byName = prepare<[...Range, string], SumRow & { name: string }>(
    db,
    `SELECT name, ${SUMS} FROM statistic WHERE ${IN_RANGE} AND name IN (SELECT value FROM json_each(?)) GROUP BY name`,
  );
  const titleOf = pluck<[string], string>(db, 'SELECT name FROM credential WHERE public_id = ?');
  return ({ span, from, to, accounts }, { group, limit }, pending) => {
    const waiting = new Map<string, Tally>();
    for (const tally of pending)
      for (const [name, part] of partsOf(tally, group)) addTally(valueOf(waiting, name, noTally), part);
    const size = new Map<string, number>();
    const kind = GROUP_KINDS[group];
    const ranges = rangesOf(span, [from, to]);
    for (const account of accounts)
      for (const [unit, first, end] of ranges)
        for (const row of sizes.all(unit, account, kind, first, end))
          size.set(row.name, (size.get(row.name) ?? 0) + row.size);
    for (const [name, { counts }] of waiting)
      size.set(name, (size.get(name) ?? 0) + (counts.get(ACCEPTED) ?? 0) + (counts.get(DELIVERED) ?? 0));
    const largest = [...size].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1)).slice(0, limit);
    const tallies = new Map(largest.map(([name]) => [name, noTally()]));
    const wanted = JSON.stringify(largest.map(([name]) => name));
    for (const account of accounts)
      for (const [unit, first, end] of ranges)
        for (const row of byName.all(unit, account, kind, first, end, wanted))
          addTally(valueOf(tallies, row.name, noTally), tallyOf(row));
    const names = [...tallies].map(([name, tally]): StatisticOfName => {
      const part = waiting.get(name);
      if (part !== undefined) addTally(tally, part);
      const title = group === 'credential' ? titleOf.get(name) : undefined;
      return { name, title, ...figuresOf(tally) };
    });
    return { names, more: size.size - names.length };
  };
}

/** Where names of that time are counted: by hour, or by month with the days around. */
function rangesOf(span: number, range: NumberRange): (readonly [span: number, from: number, to: number])[] {
  if (span === HOUR_SPAN) return [[HOUR_SPAN, ...range]];
  const { months, days } = inMonths(range);
  return [[MONTH_SPAN, ...months] as const, ...days.map((part) => [DAY_SPAN, ...part] as const)];
}

function valueOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
