/**
 * Reading statistics: the rows by hour or day, and what transactions counted that is not folded into them yet. A query
 * for names looks at them twice: once to find the largest, once to add those up; so a year costs some ten thousand small
 * rows, whatever was sent.
 */
import type { Database } from 'better-sqlite3';
import { addToSums, decodeTimes, encodeTimes, timeSums } from '../../delivery-times.ts';
import {
  SPAN_MS,
  STATISTIC_COUNTS,
  type StatisticCount,
  type StatisticFigures,
  type StatisticGroup,
  type StatisticOfName,
  type StatisticQuery,
  type Statistics,
  type StatisticsReader,
} from '../../stats.ts';
import { HOUR_MS } from './hours.ts';
import { tagsOf } from '../spool/messages.ts';
import { pluck, prepare } from '../engine/prepare.ts';
import { addAll, StatisticDelta, type SourceTally, type Tally } from './statistic-delta.ts';
import { inMonths, type NumberRange } from './statistic-months.ts';
import {
  ACCOUNT_KIND,
  COUNT_COLUMNS,
  DAY_SPAN,
  GROUP_KINDS,
  HOUR_SPAN,
  MONTH_SPAN,
} from './statistic-rows.ts';
import type { Direct } from '../engine/reads.ts';

type SumRow = Readonly<Record<string, number>> & { readonly times: Uint8Array | null };

/** Which rows of an account. */
type Range = [span: number, account: number, kind: number, from: number, to: number];

interface Scope {
  readonly accounts: readonly number[];
  readonly span: number;
  readonly from: number;
  readonly to: number;
  readonly hoursANumber: number;
}

/** On `db`, which may be read-only. */
export function createStatisticsReader(db: Database): Direct<StatisticsReader> {
  db.aggregate('sum_times', {
    start: timeSums,
    // What comes is a column's value, whatever the types of the driver say.
    step: (sums, stored: unknown) => {
      if (stored !== null) addToSums(stored as Uint8Array, sums);
    },
    result: (sums) => Buffer.from(encodeTimes(sums)),
  });
  const sums = `${COUNT_COLUMNS.map((column) => `sum(${column}) AS ${column}`).join(', ')}, sum_times(times) AS times`;
  const range = 'span = ? AND account_id = ? AND kind = ? AND number >= ? AND number < ?';
  const allAccounts = pluck<[], number>(db, 'SELECT id FROM account ORDER BY id');
  const accountKey = pluck<[string], number>(db, 'SELECT id FROM account WHERE public_id = ?');
  const byNumber = prepare<Range, SumRow>(
    db,
    `SELECT number, ${sums} FROM statistic WHERE ${range} GROUP BY number`,
  );
  const ofName = prepare<[string, number, number, number, string], SumRow>(
    db,
    `SELECT s.* FROM json_each(?) n CROSS JOIN statistic s
    WHERE s.span = ? AND s.account_id = ? AND s.kind = ? AND s.number = n.value AND s.name = ?`,
  );
  const sizes = prepare<Range, { name: string; size: number }>(
    db,
    `SELECT name, sum(accepted + delivered) AS size FROM statistic WHERE ${range} GROUP BY name`,
  );
  const byName = prepare<[...Range, string], SumRow & { name: string }>(
    db,
    `SELECT name, ${sums} FROM statistic WHERE ${range} AND name IN (SELECT value FROM json_each(?)) GROUP BY name`,
  );
  const deltas = pluck<[], string>(db, 'SELECT data FROM statistic_delta ORDER BY id');
  const titleOf = pluck<[string], string>(db, 'SELECT name FROM credential WHERE public_id = ?');

  function pendingIn({ accounts, from, to, hoursANumber }: Scope): SourceTally[] {
    const pending = new StatisticDelta();
    for (const data of deltas.all()) pending.addEncoded(data);
    return [...pending.sources()].filter(({ source, hour }) => {
      const number = Math.floor(hour / hoursANumber);
      return number >= from && number < to && accounts.includes(source.accountKey);
    });
  }

  function periodsOf(scope: Scope, of: StatisticQuery['of'], pending: readonly SourceTally[]): Tally[] {
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
  }

  function namesOf(
    { span, from, to, accounts }: Scope,
    { group, limit }: { readonly group: StatisticGroup; readonly limit: number },
    pending: readonly SourceTally[],
  ): { readonly names: StatisticOfName[]; readonly more: number } {
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
  }

  return {
    statistics: (query: StatisticQuery): Statistics =>
      // One snapshot: what is folded between two reads would be missing, or there twice.
      db.transaction(() => {
        const { accountIds, span, fromMs, toMs, of, group, limit } = query;
        const spanMs = SPAN_MS[span];
        const from = Math.floor(fromMs / spanMs);
        const scope: Scope = {
          accounts:
            accountIds.length === 0
              ? allAccounts.all()
              : accountIds.map((id) => accountKey.get(id)).filter((key) => key !== undefined),
          span: span === 'hour' ? HOUR_SPAN : DAY_SPAN,
          from,
          to: Math.max(from, Math.ceil(toMs / spanMs)),
          hoursANumber: spanMs / HOUR_MS,
        };
        const pending = pendingIn(scope);
        const periods = periodsOf(scope, of, pending);
        const total = noTally();
        for (const period of periods) addTally(total, period);
        const { names, more } =
          group === undefined ? { names: [], more: 0 } : namesOf(scope, { group, limit }, pending);
        return {
          fromMs: from * spanMs,
          toMs: scope.to * spanMs,
          total: figuresOf(total),
          periods: periods.map((tally, index) => ({ startMs: (from + index) * spanMs, ...figuresOf(tally) })),
          names,
          moreNames: more,
        };
      })(),
  };
}

const ACCEPTED = STATISTIC_COUNTS.indexOf('accepted');
const DELIVERED = STATISTIC_COUNTS.indexOf('delivered');

/** Where names of that time are counted: by hour, or by month with the days around. */
function rangesOf(span: number, range: NumberRange): (readonly [span: number, from: number, to: number])[] {
  if (span === HOUR_SPAN) return [[HOUR_SPAN, ...range]];
  const { months, days } = inMonths(range);
  return [[MONTH_SPAN, ...months] as const, ...days.map((part) => [DAY_SPAN, ...part] as const)];
}

/** What a source counted, by name in `group`; without one it is all under one empty name. */
function* partsOf(
  { source, destinations }: SourceTally,
  group: StatisticGroup | undefined,
): Iterable<readonly [string, Tally]> {
  const names = group === undefined ? [''] : namesIn(source, group);
  for (const [destination, tally] of destinations)
    for (const name of names ?? [destination]) yield [name, tally];
}

/** `undefined`: the name is the destination. */
function namesIn(source: SourceTally['source'], group: StatisticGroup): readonly string[] | undefined {
  switch (group) {
    case 'destination':
      return undefined;
    case 'tag':
      return [...new Set(tagsOf(source.tags))];
    case 'credential':
      return source.credential === undefined ? [] : [source.credential];
    case 'domain':
    case 'stream':
      return [source[group]];
  }
}

function noTally(): Tally {
  return { counts: new Map(), times: new Map() };
}

function addTally(to: Tally, from: Tally): void {
  addAll(to.counts, from.counts);
  addAll(to.times, from.times);
}

function tallyOf(row: SumRow): Tally {
  const tally = noTally();
  COUNT_COLUMNS.forEach((column, index) => tally.counts.set(index, row[column] ?? 0));
  decodeTimes(row.times, tally.times);
  return tally;
}

function figuresOf({ counts, times }: Tally): StatisticFigures {
  const named = STATISTIC_COUNTS.map((count, index) => [count, counts.get(index) ?? 0] as const);
  return { counts: Object.fromEntries(named) as Record<StatisticCount, number>, times };
}

function valueOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
