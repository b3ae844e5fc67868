/**
 * Reads statistics: the rows by hour or day, and counts of transactions that are not folded into them yet. An engine runs it
 * in one snapshot: counts folded between two statements would be missing, or doubled. By time: statistics-by-time.ts; by
 * name: statistics-by-name.ts.
 */
import { SPAN_MS, type StatisticQuery, type StatisticsReader } from '../../stats.ts';
import { findAccountKey } from '../directory/account-key.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, type Steps, type StepsOf } from '../steps.ts';
import { HOUR_MS } from './hours.ts';
import { StatisticDelta, type SourceTally } from './statistic-delta.ts';
import { DAY_SPAN, HOUR_SPAN } from './statistic-rows.ts';
import type { Scope } from './statistic-scope.ts';
import { addTally, figuresOf, noTally } from './statistic-tallies.ts';
import { namesOf } from './statistics-by-name.ts';
import { periodsOf } from './statistics-by-time.ts';

const ACCOUNTS = statement<NoValues, { id: number }>('SELECT id FROM account ORDER BY id');
const DELTAS = statement<NoValues, { data: string }>('SELECT data FROM statistic_delta ORDER BY id');

export const statisticReads: StepsOf<StatisticsReader> = {
  *statistics(query) {
    const { of, group, limit } = query;
    const scope = yield* scopeOf(query);
    const spanMs = SPAN_MS[query.span];
    const pending = yield* pendingIn(scope);
    const periods = yield* periodsOf(scope, of, pending);
    const total = noTally();
    for (const period of periods) addTally(total, period);
    const { names, more } =
      group === undefined ? { names: [], more: 0 } : yield* namesOf(scope, { group, limit }, pending);
    return {
      fromMs: scope.from * spanMs,
      toMs: scope.to * spanMs,
      total: figuresOf(total),
      periods: periods.map((tally, index) => ({
        startMs: (scope.from + index) * spanMs,
        ...figuresOf(tally),
      })),
      names,
      moreNames: more,
    };
  },
};

/** The accounts, and the hours or days, of a query. */
function* scopeOf({ accountIds, span, fromMs, toMs }: StatisticQuery): Steps<Scope> {
  const spanMs = SPAN_MS[span];
  const from = Math.floor(fromMs / spanMs);
  return {
    accounts: yield* accountKeys(accountIds),
    span: span === 'hour' ? HOUR_SPAN : DAY_SPAN,
    from,
    to: Math.max(from, Math.ceil(toMs / spanMs)),
    hoursANumber: spanMs / HOUR_MS,
  };
}

function* accountKeys(publicIds: readonly string[]): Steps<readonly number[]> {
  if (publicIds.length === 0) return (yield* all(ACCOUNTS, {})).map(({ id }) => id);
  const keys: number[] = [];
  for (const publicId of publicIds) {
    const key = yield* findAccountKey(publicId);
    if (key !== undefined) keys.push(key);
  }
  return keys;
}

/** Counts of transactions in a scope that are not folded yet. */
function* pendingIn({ accounts, from, to, hoursANumber }: Scope): Steps<SourceTally[]> {
  const pending = new StatisticDelta();
  for (const { data } of yield* all(DELTAS, {})) pending.addEncoded(data);
  return [...pending.sources()].filter(({ source, hour }) => {
    const number = Math.floor(hour / hoursANumber);
    return number >= from && number < to && accounts.includes(source.accountKey);
  });
}
