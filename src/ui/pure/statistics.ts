/** Statistics as the page asks for them and shows them: ranges of time, lines of charts, records of a CSV file. Days are of UTC. */
import type { Figures } from '../api/answers.ts';
import type { CsvCell } from './csv.ts';

export const COUNTS = [
  'accepted',
  'delivered',
  'deferred',
  'bounced',
  'bounced_hard',
  'bounced_soft',
  'bounced_after_delivery',
  'expired',
  'suppressed',
  'complained',
  'unsubscribed',
] as const;
export const RATES = ['delivery_rate', 'bounce_rate', 'complaint_rate'] as const;
export const TIMES = ['p50', 'p90', 'p99'] as const;
export const GROUPS = ['stream', 'destination', 'tag', 'domain', 'credential'] as const;

export type CountName = (typeof COUNTS)[number];
export type RateName = (typeof RATES)[number];
export type TimeName = (typeof TIMES)[number];
export type Group = (typeof GROUPS)[number];
export type Span = 'hour' | 'day';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Ranges to choose from, in days; the API gives 31 days by the hour at most. The first one is the usual. */
export const RANGES: Readonly<Record<Span, readonly number[]>> = { hour: [1, 7, 31], day: [30, 7, 90, 365] };

/** As in the query of the page; `from` and `to` are days, both within the range. */
export interface AskedRange {
  readonly days?: string;
  readonly from?: string;
  readonly to?: string;
}

/** In the query of the API, whose `to` is the first moment that is not within. */
export interface RangeQuery {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

export function rangeOf(by: Span, { days, from, to }: AskedRange, nowMs: number): RangeQuery {
  if (from !== undefined || to !== undefined)
    return { from, to: to === undefined ? undefined : dayAfter(to) };
  const count = daysOf(by, days);
  const first = by === 'hour' ? nowMs - (count * 24 - 1) * HOUR_MS : nowMs - (count - 1) * DAY_MS;
  const iso = new Date(first).toISOString();
  return { from: by === 'hour' ? `${iso.slice(0, 13)}:00:00Z` : iso.slice(0, 10), to: undefined };
}

/** The number of days asked for where it is one of the choices, else the usual one. */
export function daysOf(by: Span, days: string | undefined): number {
  const choices = RANGES[by];
  return choices.find((one) => String(one) === days) ?? choices[0] ?? 1;
}

/** What is no day is left to the API, which says so. */
function dayAfter(day: string): string {
  const at = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(at) ? day : new Date(at + DAY_MS).toISOString().slice(0, 10);
}

export function isGroup(name: string | undefined): name is Group {
  return GROUPS.some((group) => group === name);
}

/** One line of a chart. Dashes tell lines apart where colours do not. */
export interface ChartLine {
  readonly label: string;
  /** One for each period; `null`: there was nothing to divide by, the line has a gap. */
  readonly values: readonly (number | null)[];
  /** Of the whole range. */
  readonly total: number | null;
  readonly tone: 'accent' | 'good' | 'bad' | 'warn' | 'quiet';
  /** Lengths of dash and gap in turn, in CSS pixels; empty: a solid line. */
  readonly dash: readonly number[];
}

const LOOKS = {
  accepted: { tone: 'accent', dash: [] },
  delivered: { tone: 'good', dash: [8, 3] },
  deferred: { tone: 'warn', dash: [3, 3] },
  bounced: { tone: 'bad', dash: [] },
  complained: { tone: 'quiet', dash: [8, 3, 2, 3] },
  delivery_rate: { tone: 'good', dash: [] },
  bounce_rate: { tone: 'bad', dash: [] },
  complaint_rate: { tone: 'quiet', dash: [8, 3, 2, 3] },
  p50: { tone: 'accent', dash: [] },
  p90: { tone: 'warn', dash: [8, 3] },
  p99: { tone: 'bad', dash: [3, 3] },
} as const;

export type LineName = keyof typeof LOOKS;

export function chartLine(
  name: LineName,
  label: string,
  periods: readonly Figures[],
  total: Figures,
): ChartLine {
  return {
    label,
    values: periods.map((figures) => valueOf(figures, name)),
    total: valueOf(total, name),
    ...LOOKS[name],
  };
}

/** Seconds since the epoch: the horizontal axis. */
export function secondsOf(periods: readonly { readonly at: string }[]): number[] {
  return periods.map(({ at }) => Date.parse(at) / 1_000);
}

function valueOf(figures: Figures, name: LineName | CountName): number | null {
  if (name === 'p50' || name === 'p90' || name === 'p99') return figures.time_to_deliver_ms?.[name] ?? null;
  return figures[name];
}

/** With a header. `key`: what a record is of, such as `at` or `tag`. Rates are shares of 1, times milliseconds. */
export function figureRecords(
  key: string,
  rows: readonly (Figures & { readonly key: string })[],
): readonly (readonly CsvCell[])[] {
  const header = [key, ...COUNTS, ...RATES, ...TIMES.map((name) => `time_to_deliver_${name}_ms`)];
  const records = rows.map((row) => [
    row.key,
    ...COUNTS.map((name) => row[name]),
    ...RATES.map((name) => row[name]),
    ...TIMES.map((name) => valueOf(row, name)),
  ]);
  return [header, ...records];
}
