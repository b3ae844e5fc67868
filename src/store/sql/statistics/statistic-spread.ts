/**
 * Distributes the counts of transactions: each counts for the account and for each of its names, by hour, by day and, for
 * names, by month.
 */
import { OTHER_NAMES, type StatisticGroup } from '../../stats.ts';
import { tagsOf } from '../json-columns.ts';
import { addAll, type SourceTally, type Tally } from './statistic-delta.ts';
import { monthOf } from './statistic-months.ts';
import { ACCOUNT_KIND, DAY_SPAN, GROUP_KINDS, HOURS_A_DAY, HOUR_SPAN, MONTH_SPAN } from './statistic-rows.ts';

/** Amounts to add to the rows of one name in one hour, and in the day and the month around it. */
export interface SpreadRow extends Tally {
  readonly accountKey: number;
  readonly kind: number;
  readonly hour: number;
  readonly name: string;
}

/** `hasRow`: whether a name has rows of its own on the day of an hour; called once for each count. */
export function spread(
  tallies: Iterable<SourceTally>,
  hasRow: (accountKey: number, group: StatisticGroup, hour: number, name: string) => boolean,
): Iterable<SpreadRow> {
  const rows = new Map<string, SpreadRow>();
  for (const tally of tallies) spreadOne(tally, hasRow, rows);
  return rows.values();
}

function spreadOne(
  { source, hour, destinations }: SourceTally,
  hasRow: Parameters<typeof spread>[1],
  rows: Map<string, SpreadRow>,
): void {
  const { accountKey, domain, stream, tags, credential } = source;
  const to = (kind: number, name: string, { counts, times }: Tally) => {
    const key = `${kind} ${hour} ${accountKey} ${name}`;
    let row = rows.get(key);
    if (row === undefined) {
      row = { accountKey, kind, hour, name, counts: new Map(), times: new Map() };
      rows.set(key, row);
    }
    addAll(row.counts, counts);
    addAll(row.times, times);
  };
  const named = (group: StatisticGroup, name: string) =>
    hasRow(accountKey, group, hour, name) ? name : OTHER_NAMES;
  const total: Tally = { counts: new Map(), times: new Map() };
  for (const [destination, tally] of destinations) {
    to(GROUP_KINDS.destination, named('destination', destination), tally);
    addAll(total.counts, tally.counts);
    addAll(total.times, tally.times);
  }
  to(ACCOUNT_KIND, '', total);
  to(GROUP_KINDS.domain, named('domain', domain), total);
  to(GROUP_KINDS.stream, named('stream', stream), total);
  if (credential !== undefined) to(GROUP_KINDS.credential, named('credential', credential), total);
  // A message with two tags beyond the limit counts once among the others.
  for (const tag of new Set(tagsOf(tags).map((one) => named('tag', one)))) to(GROUP_KINDS.tag, tag, total);
}

/** The rows of `statistic` to add to, by span and number. */
export function placesOf({ kind, hour }: SpreadRow): readonly (readonly [span: number, number: number])[] {
  const day = dayOfHour(hour);
  const places = [
    [HOUR_SPAN, hour],
    [DAY_SPAN, day],
  ] as const;
  return kind === ACCOUNT_KIND ? places : [...places, [MONTH_SPAN, monthOf(day)]];
}

export function dayOfHour(hour: number): number {
  return Math.floor(hour / HOURS_A_DAY);
}
