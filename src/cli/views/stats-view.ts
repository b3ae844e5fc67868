/** Statistics as a page for a terminal: the figures in a sentence, and a table with a bar a line that fits the width. */
import { percent } from '../../policy/health.ts';
import type { HealthRules } from '../../policy/health.ts';
import { percentilesOf, ratesOf, type StatisticRates } from '../../api-json/stats-json.ts';
import type { StatisticFigures, StatisticSpan } from '../../store/stats.ts';
import type { CliIo } from '../program/cli-io.ts';
import { bar } from '../output/bar.ts';
import { cut, displayWidth } from '../output/display-width.ts';
import type { Paint } from '../output/paint.ts';
import { renderTable, type Column } from '../output/table.ts';
import { timestamp } from '../output/time-words.ts';

/** A line of the table. */
export interface StatsRow extends StatisticFigures {
  readonly label: string;
}

export interface StatsLook {
  readonly io: CliIo;
  readonly paint: Paint;
  /** From which rates on a figure is shown as bad. */
  readonly rules: HealthRules;
}

const BAR_MOST = 30;
const BAR_LEAST = 6;
/** Where nobody says how wide the page is. */
const BAR_USUAL = 20;
const GAP = 2;
/** Columns that make room for a bar, in this order. */
const GIVE_WAY = ['DEFERRED', 'HALF IN', '99 % IN'];
const LABEL_MOST = 30;
const LABEL_MOST_NARROW = 20;
const NARROW = 100;

export function renderStats(rows: readonly StatsRow[], title: string, look: StatsLook): string {
  const { io, paint } = look;
  const table = (barWidth: number, left: readonly string[], width: number | undefined) =>
    renderTable(
      columnsOf(rows, title, look, barWidth).filter((column) => !left.includes(column.title)),
      rows,
      { width, paint },
    );
  const { columns } = io;
  if (columns === undefined) return table(BAR_USUAL, [], undefined);
  // A bar says more than the last figures do.
  for (let count = 0; count <= GIVE_WAY.length; count++) {
    const left = GIVE_WAY.slice(0, count);
    const taken = Math.max(...table(0, left, undefined).split('\n').map(displayWidth));
    const room = Math.min(BAR_MOST, columns - taken - GAP);
    if (room >= BAR_LEAST) return table(room, left, columns);
  }
  return table(0, [], columns);
}

function columnsOf(
  rows: readonly StatsRow[],
  title: string,
  { io, paint, rules }: StatsLook,
  barWidth: number,
): readonly Column<StatsRow>[] {
  const labelMost =
    io.columns === undefined ? Infinity : io.columns < NARROW ? LABEL_MOST_NARROW : LABEL_MOST;
  const largest = Math.max(0, ...rows.map(({ counts }) => counts.accepted));
  const took = (which: 'p50' | 'p99') => (row: StatsRow) => {
    const percentiles = percentilesOf(row.times);
    return percentiles === null ? '' : roughSpan(percentiles[which]);
  };
  return [
    {
      title,
      text: ({ label }) => cut(label, labelMost, paint.sign.cut),
      shrinks: true,
    },
    {
      title: '',
      text: ({ counts }) => bar(counts.accepted, largest, barWidth, io.unicode),
      brush: paint.name,
      hidden: barWidth === 0,
    },
    { title: 'ACCEPTED', text: ({ counts }) => amount(counts.accepted), alignRight: true },
    {
      title: 'DELIVERED',
      text: withShares(
        rows,
        ({ counts }) => counts.delivered - counts.returned,
        ({ delivery }) => delivery,
      ),
      alignRight: true,
    },
    {
      title: 'BOUNCED',
      text: withShares(
        rows,
        ({ counts }) => counts.bouncedHard + counts.bouncedSoft,
        ({ bounce }) => bounce,
      ),
      brush: rateBrush(paint, ({ hardBounce }) => hardBounce, rules.warn.bounces, rules.hold.bounces),
      alignRight: true,
    },
    {
      title: 'COMPLAINED',
      text: withShares(
        rows,
        ({ counts }) => counts.complained,
        ({ complaint }) => complaint,
      ),
      brush: rateBrush(paint, ({ complaint }) => complaint, rules.warn.complaints, rules.hold.complaints),
      alignRight: true,
    },
    { title: 'DEFERRED', text: ({ counts }) => amount(counts.deferred), alignRight: true, drops: true },
    { title: 'HALF IN', text: took('p50'), alignRight: true, drops: true },
    { title: '99 % IN', text: took('p99'), alignRight: true, drops: true },
  ];
}

/** Paints a rate that has reached the limit to warn or to hold at. */
function rateBrush(
  paint: Paint,
  rateOf: (rates: ReturnType<typeof ratesOf>) => number | null,
  warn: number | undefined,
  hold: number | undefined,
) {
  return (text: string, { counts }: StatsRow) => {
    const rate = rateOf(ratesOf(counts));
    const reaches = (limit: number | undefined) => rate !== null && limit !== undefined && rate >= limit;
    if (reaches(hold)) return paint.bad(text);
    return reaches(warn) ? paint.warn(text) : text;
  };
}

/** One or two sentences. */
export function summaryWords({ counts, times }: StatisticFigures): string {
  const rates = ratesOf(counts);
  const parts = [
    `${amount(counts.accepted)} accepted`,
    `${amount(counts.delivered - counts.returned)} delivered${shareWords(rates.delivery)}`,
    `${amount(counts.bouncedHard + counts.bouncedSoft)} bounced${shareWords(rates.bounce, `, hard ${rates.hardBounce === null ? '' : percent(rates.hardBounce)}`)}`,
    `${amount(counts.complained)} complained${shareWords(rates.complaint)}`,
  ];
  const others = [
    ['relayed', counts.relayed],
    ['expired', counts.expired],
    ['suppressed', counts.suppressed],
    ['cancelled', counts.cancelled],
    ['unsubscribed', counts.unsubscribed],
    ['opened', counts.opened],
    ['clicked', counts.clicked],
  ] as const;
  for (const [word, count] of others) if (count > 0) parts.push(`${amount(count)} ${word}`);
  const percentiles = percentilesOf(times);
  if (percentiles === null) return `${parts.join(', ')}.`;
  const first = rates.firstAttempt === null ? '' : `; ${percent(rates.firstAttempt)} at the first attempt`;
  const { p50, p90, p99 } = percentiles;
  return `${parts.join(', ')}. Half were delivered within ${roughSpan(p50)}, 90 % within ${roughSpan(p90)}, 99 % within ${roughSpan(p99)}${first}.`;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `Tue 2026-11-24`, `11-24 06:00`. */
export function periodLabel(span: StatisticSpan, startMs: number): string {
  const text = timestamp(startMs);
  if (span === 'hour') return `${text.slice(5, 10)} ${text.slice(11, 16)}`;
  return `${WEEKDAYS[new Date(startMs).getUTCDay()] ?? ''} ${text.slice(0, 10)}`;
}

/** In one unit: the figures are good for two digits. */
export function roughSpan(durationMs: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ] as const;
  for (const [name, size] of units)
    if (durationMs >= size) return `${Number((durationMs / size).toPrecision(2))} ${name}`;
  return `${Number(durationMs.toPrecision(2))} ms`;
}

/** `48,210` */
function amount(count: number): string {
  return Math.max(0, count)
    .toString()
    .replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** The text of a column of counts with their shares beside them, which stand one below the other. */
function withShares(
  rows: readonly StatsRow[],
  countOf: (row: StatsRow) => number,
  shareOf: (rates: StatisticRates) => number | null,
): (row: StatsRow) => string {
  const shareText = (row: StatsRow) => {
    const share = shareOf(ratesOf(row.counts));
    return share === null || countOf(row) <= 0 ? '' : percent(share);
  };
  const width = Math.max(0, ...rows.map((row) => shareText(row).length));
  return (row) => amount(countOf(row)) + (width === 0 ? '' : ` ${shareText(row).padStart(width)}`);
}

function shareWords(share: number | null, more = ''): string {
  return share === null || share === 0 ? '' : ` (${percent(share)}${more})`;
}
