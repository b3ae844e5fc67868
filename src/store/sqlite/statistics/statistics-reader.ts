/**
 * Reading statistics: the rows by hour or day, and what transactions counted that is not folded into them yet, in one
 * snapshot. By time: statistics-by-time.ts; by name: statistics-by-name.ts.
 */
import type { Database } from 'better-sqlite3';
import { addToSums, encodeTimes, timeSums } from '../../delivery-times.ts';
import { SPAN_MS, type StatisticQuery, type Statistics, type StatisticsReader } from '../../stats.ts';
import { HOUR_MS } from './hours.ts';
import { pluck } from '../engine/prepare.ts';
import { StatisticDelta, type SourceTally } from './statistic-delta.ts';
import { DAY_SPAN, HOUR_SPAN } from './statistic-rows.ts';
import type { Scope } from './statistic-scope.ts';
import { addTally, figuresOf, noTally } from './statistic-tallies.ts';
import { createNameReader } from './statistics-by-name.ts';
import { createPeriodReader } from './statistics-by-time.ts';
import type { Direct } from '../engine/reads.ts';

/** On `db`, which may be read-only. */
export function createStatisticsReader(db: Database): Direct<StatisticsReader> {
  addSumOfTimes(db);
  const scopeOf = createScopeReader(db);
  const pendingIn = createPendingReader(db);
  const periodsOf = createPeriodReader(db);
  const namesOf = createNameReader(db);
  return {
    statistics: (query: StatisticQuery): Statistics =>
      // One snapshot: what is folded between two reads would be missing, or there twice.
      db.transaction(() => {
        const { of, group, limit } = query;
        const scope = scopeOf(query);
        const spanMs = SPAN_MS[query.span];
        const pending = pendingIn(scope);
        const periods = periodsOf(scope, of, pending);
        const total = noTally();
        for (const period of periods) addTally(total, period);
        const { names, more } =
          group === undefined ? { names: [], more: 0 } : namesOf(scope, { group, limit }, pending);
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
      })(),
  };
}

/** The function `sum_times` of SQL: the `times` of all rows as one. */
function addSumOfTimes(db: Database): void {
  db.aggregate('sum_times', {
    start: timeSums,
    // What comes is a column's value, whatever the types of the driver say.
    step: (sums, stored: unknown) => {
      if (stored !== null) addToSums(stored as Uint8Array, sums);
    },
    result: (sums) => Buffer.from(encodeTimes(sums)),
  });
}

/** Which accounts, and which hours or days, a query means. */
function createScopeReader(db: Database): (query: StatisticQuery) => Scope {
  const allAccounts = pluck<[], number>(db, 'SELECT id FROM account ORDER BY id');
  const accountKey = pluck<[string], number>(db, 'SELECT id FROM account WHERE public_id = ?');
  return ({ accountIds, span, fromMs, toMs }) => {
    const spanMs = SPAN_MS[span];
    const from = Math.floor(fromMs / spanMs);
    return {
      accounts:
        accountIds.length === 0
          ? allAccounts.all()
          : accountIds.map((id) => accountKey.get(id)).filter((key) => key !== undefined),
      span: span === 'hour' ? HOUR_SPAN : DAY_SPAN,
      from,
      to: Math.max(from, Math.ceil(toMs / spanMs)),
      hoursANumber: spanMs / HOUR_MS,
    };
  };
}

/** What transactions counted in a scope that is not folded yet. */
function createPendingReader(db: Database): (scope: Scope) => SourceTally[] {
  const deltas = pluck<[], string>(db, 'SELECT data FROM statistic_delta ORDER BY id');
  return ({ accounts, from, to, hoursANumber }) => {
    const pending = new StatisticDelta();
    for (const data of deltas.all()) pending.addEncoded(data);
    return [...pending.sources()].filter(({ source, hour }) => {
      const number = Math.floor(hour / hoursANumber);
      return number >= from && number < to && accounts.includes(source.accountKey);
    });
  };
}
