/**
 * Statistics by time: one tally for each hour or day of a scope, of whole accounts or of one name of a group, with what is
 * not folded yet.
 */
import type { Database } from 'better-sqlite3';
import type { StatisticQuery } from '../../stats.ts';
import { prepare } from '../engine/prepare.ts';
import type { SourceTally, Tally } from './statistic-delta.ts';
import { ACCOUNT_KIND, GROUP_KINDS } from './statistic-rows.ts';
import { addTally, noTally, partsOf, SUMS, tallyOf, type SumRow } from './statistic-tallies.ts';
import { IN_RANGE, type Range, type Scope } from './statistic-scope.ts';

export type ReadPeriods = (
  scope: Scope,
  of: StatisticQuery['of'],
  pending: readonly SourceTally[],
) => readonly Tally[];

export function createPeriodReader(db: Database): ReadPeriods {
  const byNumber = prepare<Range, SumRow>(
    db,
    `SELECT number, ${SUMS} FROM statistic WHERE ${IN_RANGE} GROUP BY number`,
  );
  const ofName = prepare<[string, number, number, number, string], SumRow>(
    db,
    `SELECT s.* FROM json_each(?) n CROSS JOIN statistic s
    WHERE s.span = ? AND s.account_id = ? AND s.kind = ? AND s.number = n.value AND s.name = ?`,
  );
  return (scope, of, pending) => {
    const { span, from, to, hoursANumber } = scope;
    const periods = Array.from({ length: to - from }, noTally);
    const add = (number: number, tally: Tally) => {
      const period = periods[number - from];
      if (period !== undefined) addTally(period, tally);
    };
    const numbers = of && JSON.stringify(periods.map((_, index) => from + index));
    for (const account of scope.accounts) {
      const rows =
        of === undefined || numbers === undefined
          ? byNumber.all(span, account, ACCOUNT_KIND, from, to)
          : ofName.all(numbers, span, account, GROUP_KINDS[of.group], of.name);
      for (const row of rows) add(row['number'] ?? 0, tallyOf(row));
    }
    for (const tally of pending) {
      const number = Math.floor(tally.hour / hoursANumber);
      for (const [name, part] of partsOf(tally, of?.group))
        if (of === undefined || name === of.name) add(number, part);
    }
    return periods;
  };
}
