/** `relayctl stats`: counts, rates and delivery times, by hour, by day, or by name. */
import { visible } from '../../platform/visible-text.ts';
import { isWindow, statisticWindow } from '../../api-json/stats-window.ts';
import { parseDateOrTime } from '../../platform/rfc3339.ts';
import { statsJson } from '../../api-json/stats-json.ts';
import {
  OTHER_NAMES,
  SPAN_MS,
  STATISTIC_GROUPS,
  STATISTIC_SPANS,
  type StatisticGroup,
  type StatisticQuery,
  type Statistics,
  type StatisticSpan,
} from '../../store/stats.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import type { Options } from '../program/options.ts';
import { counted, fullTime } from '../output/time-words.ts';
import { wrap } from '../output/display-width.ts';
import { periodLabel, renderStats, summaryWords, type StatsRow } from '../views/stats-view.ts';

export const stats: CommandSpec = {
  path: 'stats',
  summary: 'Show statistics: delivered, bounced, complained, delivery times',
  details:
    'Default: by day, the last two weeks. Days and hours are UTC. DELIVERED and BOUNCED are shares ' +
    'of the deliveries that ended (delivered, bounced, expired), COMPLAINED of those delivered. HALF IN and 99 % IN are ' +
    'delivery times from acceptance, accurate to a tenth. DSNs that the relay writes itself are not counted. Hours are kept ' +
    'for 90 days, days as long as retention.statistics says. A day keeps 200 destinations and tags by name; the rest is (other).',
  options: [
    {
      flags: '--by <what>',
      meaning: `${[...STATISTIC_SPANS, ...STATISTIC_GROUPS].join(', ')} (default: day)`,
    },
    { flags: '--last <duration>', meaning: 'up to now: 24h, 30d (default: 14d; 24h by hour; 7d by name)' },
    { flags: '--from <time>', meaning: 'from this day or time: 2026-11-01, 2026-11-01T06:00:00Z' },
    { flags: '--to <time>', meaning: 'up to this day or time (default: now)' },
    { flags: '--domain <name>', meaning: 'only of this sending domain (by hour or day)' },
    { flags: '--stream <name>', meaning: 'only of this stream' },
    { flags: '--destination <domain>', meaning: 'only to this recipient domain' },
    { flags: '--tag <tag>', meaning: 'only with this tag' },
    { flags: '--credential <id>', meaning: 'only by this credential' },
    { flags: '--limit <number>', meaning: 'names at most, the largest first (default: 20)' },
  ],
  examples: [
    { type: 'stats', does: 'the last two weeks, day by day' },
    { type: 'stats --by destination --last 3h', does: 'which destinations accept mail at the moment' },
    { type: 'stats --by hour --destination gmail.com', does: 'the last day of one destination' },
    { type: "stats --by stream --json | jq '.names[] | {name, bounce_rate}'", does: 'for a script' },
  ],
  run: showStats,
};

const DAY_MS = SPAN_MS.day;
const DEFAULT_LIMIT = 20;
const MOST_NAMES = 100;
/** Shorter than this, names are counted by the hour, so that `--last 3h` is not a whole day. */
const BY_HOUR_BELOW_MS = 3 * DAY_MS;
const BY = [...STATISTIC_SPANS, ...STATISTIC_GROUPS] as const;

async function showStats(context: CommandContext, { options }: CommandInput): Promise<void> {
  const account = await context.namedAccount();
  const asked = { ...queryOf(options, context.nowMs), accountIds: account === undefined ? [] : [account.id] };
  const statistics = await context.reader.statistics(asked);
  if (context.global.json) {
    context.printJson(statsJson(asked, statistics, account?.name));
    return;
  }
  const { io, paint, config } = context;
  const rows = rowsOf(asked, statistics);
  context.print(paint.bold(visible(heading(asked, statistics, account?.name))));
  const isEmpty = Object.values(statistics.total.counts).every((count) => count === 0);
  if (isEmpty) {
    context.print('Nothing was accepted, delivered or bounced.');
    return;
  }
  context.print(`${wrap(summaryWords(statistics.total), io.columns ?? 100).join('\n')}\n\n`);
  const title = (asked.group ?? asked.span).toUpperCase();
  context.print(renderStats(rows, title, { io, paint, rules: config.health.rules }));
  if (statistics.moreNames > 0)
    context.note(
      `${counted(statistics.moreNames, 'more name')}: --limit ${MOST_NAMES} shows up to ${MOST_NAMES}`,
    );
}

function queryOf(options: Options, nowMs: number): Omit<StatisticQuery, 'accountIds'> {
  const by = options.choice('by', BY) ?? 'day';
  const group = isGroup(by) ? by : undefined;
  const of = onlyOf(options);
  if (of !== undefined && group !== undefined)
    throw usage(
      `--by ${group} and --${of.group} cannot be asked together: counts are not kept by both`,
      `type: relayctl stats --by day --${of.group} ${of.name}`,
    );
  const lastMs = options.durationMs('last');
  const from = timeOf(options, 'from');
  const to = timeOf(options, 'to');
  if (lastMs !== undefined && from !== undefined) throw usage('--last and --from cannot be given together');
  const usualMs = by === 'hour' ? DAY_MS : by === 'day' ? 14 * DAY_MS : 7 * DAY_MS;
  const endMs = to ?? nowMs;
  const fromMs = from ?? endMs - (lastMs ?? usualMs);
  const span: StatisticSpan = isGroup(by) ? (endMs - fromMs < BY_HOUR_BELOW_MS ? 'hour' : 'day') : by;
  // So many days with today, not one more.
  const startMs = from ?? Math.min(fromMs + (span === 'day' ? DAY_MS : 0), endMs - 1);
  const window = statisticWindow(span, { fromMs: startMs, toMs: to }, nowMs);
  if (!isWindow(window)) throw usage(`--${window.field} ${window.problem}`);
  const limit = Math.min(options.wholeNumber('limit') ?? DEFAULT_LIMIT, MOST_NAMES);
  return { span, ...window, of, group, limit };
}

function isGroup(by: (typeof BY)[number]): by is StatisticGroup {
  return (STATISTIC_GROUPS as readonly string[]).includes(by);
}

function onlyOf(options: Options): StatisticQuery['of'] {
  const [of, another] = STATISTIC_GROUPS.flatMap((group) => {
    const name = options.text(group);
    return name === undefined ? [] : [{ group, name }];
  });
  if (of !== undefined && another !== undefined)
    throw usage(`--${of.group} and --${another.group} cannot be given together: counts are not kept by both`);
  return of;
}

function timeOf(options: Options, name: 'from' | 'to'): number | undefined {
  const text = options.text(name);
  if (text === undefined) return undefined;
  const atMs = parseDateOrTime(text);
  if (atMs === undefined)
    throw usage(`--${name} ${text} is neither a day nor a time, such as 2026-11-24 or 2026-11-24T06:00:00Z`);
  return atMs;
}

function rowsOf({ group, span }: Pick<StatisticQuery, 'group' | 'span'>, statistics: Statistics): StatsRow[] {
  if (group === undefined)
    return statistics.periods.map(({ startMs, ...figures }) => ({
      label: periodLabel(span, startMs),
      ...figures,
    }));
  return statistics.names.map(({ name, title, ...figures }) => ({
    label: name === OTHER_NAMES ? name : (title ?? name),
    ...figures,
  }));
}

function heading(
  { of }: Pick<StatisticQuery, 'of'>,
  { fromMs, toMs }: Statistics,
  accountName: string | undefined,
): string {
  const whose = accountName === undefined ? 'all accounts' : `account ${accountName}`;
  const only = of === undefined ? '' : `, ${of.group} ${of.name}`;
  return `${fullTime(fromMs).slice(0, 16)} to ${fullTime(toMs).slice(0, 16)} UTC, ${whose}${only}`;
}
