/**
 * Tallies for a reader: the counts of rows and sources, added up and turned into the figures of an answer. A source that is
 * not folded yet counts for the same names as its rows will.
 */
import { decodeTimes } from '../../delivery-times.ts';
import {
  STATISTIC_COUNTS,
  type StatisticCount,
  type StatisticFigures,
  type StatisticGroup,
} from '../../stats.ts';
import { tagsOf } from '../json-columns.ts';
import type { Dialect } from '../dialect.ts';
import { addAll, type SourceTally, type Tally } from './statistic-delta.ts';
import { COUNT_COLUMNS } from './statistic-rows.ts';

/** Columns of counts, of one row or summed. `times`: of one row, combined, or as a list (Dialect.timesOf). */
export type SumRow = Readonly<Record<string, number>> & {
  readonly times: Uint8Array | null | readonly (Uint8Array | null)[];
};

/** Columns of a query that returns {@link SumRow}s. */
export function sums({ timesOf }: Dialect): string {
  const counts = COUNT_COLUMNS.map((column) => `sum(${column}) AS ${column}`);
  return `${counts.join(', ')}, ${timesOf('times')} AS times`;
}

/** The counts of a source, by name in `group`; without a group all are under one empty name. */
export function* partsOf(
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

export function noTally(): Tally {
  return { counts: new Map(), times: new Map() };
}

export function addTally(to: Tally, from: Tally): void {
  addAll(to.counts, from.counts);
  addAll(to.times, from.times);
}

export function tallyOf(row: SumRow): Tally {
  const tally = noTally();
  COUNT_COLUMNS.forEach((column, index) => tally.counts.set(index, row[column] ?? 0));
  const { times } = row;
  for (const stored of Array.isArray(times) ? (times as (Uint8Array | null)[]) : [times as Uint8Array | null])
    decodeTimes(stored, tally.times);
  return tally;
}

export function figuresOf({ counts, times }: Tally): StatisticFigures {
  const named = STATISTIC_COUNTS.map((count, index) => [count, counts.get(index) ?? 0] as const);
  return { counts: Object.fromEntries(named) as Record<StatisticCount, number>, times };
}
