/**
 * Statistics by time: one tally for each hour or day of a scope, for whole accounts or for one name of a group, including
 * counts that are not folded yet.
 */
import type { StatisticQuery } from '../../stats.ts';
import { statement } from '../statement.ts';
import { all, type Steps } from '../steps.ts';
import type { SourceTally, Tally } from './statistic-delta.ts';
import { ACCOUNT_KIND, GROUP_KINDS } from './statistic-rows.ts';
import { addTally, noTally, partsOf, sums, tallyOf, type SumRow } from './statistic-tallies.ts';
import { IN_RANGE, type Range, type Scope } from './statistic-scope.ts';

const BY_NUMBER = statement<Range, SumRow>(
  (dialect) => `SELECT number, ${sums(dialect)} FROM statistic WHERE ${IN_RANGE} GROUP BY number`,
);
const OF_NAME = statement<
  { numbers: string; span: number; account: number; kind: number; name: string },
  SumRow
>(
  ({ integersOf }) => `SELECT s.* FROM ${integersOf(':numbers', 'n')} CROSS JOIN statistic s
    WHERE s.span = :span AND s.account_id = :account AND s.kind = :kind AND s.number = n.value AND s.name = :name`,
);

export function* periodsOf(
  scope: Scope,
  of: StatisticQuery['of'],
  pending: readonly SourceTally[],
): Steps<readonly Tally[]> {
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
        ? yield* all(BY_NUMBER, { span, account, kind: ACCOUNT_KIND, from, to })
        : yield* all(OF_NAME, { numbers, span, account, kind: GROUP_KINDS[of.group], name: of.name });
    for (const row of rows) add(row['number'] ?? 0, tallyOf(row));
  }
  for (const tally of pending) {
    const number = Math.floor(tally.hour / hoursANumber);
    for (const [name, part] of partsOf(tally, of?.group))
      if (of === undefined || name === of.name) add(number, part);
  }
  return periods;
}
