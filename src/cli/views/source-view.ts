/** A source for the eyes: its fields, the providers it is not used for, and its warm-up as figures and bars. */
import { visible } from '../../platform/visible-text.ts';
import type { ProviderForecast } from '../../policy/egress/source-forecast.ts';
import { DAY_MS, type WarmUpReason } from '../../policy/egress/warm-up.ts';
import { bar } from '../output/bar.ts';
import { renderFields } from '../output/fields.ts';
import { renderTable } from '../output/table.ts';
import { fullTime, relative } from '../output/time-words.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { SourceState } from '../../admin/source-state.ts';
import { suspensionWords } from './limit-view.ts';
import { sourceWords } from './route-view.ts';

const REASONS: Readonly<Record<WarmUpReason, string>> = {
  planned: 'as planned',
  first: 'the first day at this provider',
  unused: 'held: less than half of the last day was used',
  'turned-away': 'held or taken back: recipients were turned away',
  complaints: 'held or taken back: complaints',
  rested: 'from the beginning: nothing was sent for a month',
  'not-begun': 'not begun yet',
};

const MOST_BAR = 30;

export function renderSource(context: CommandContext, state: SourceState, routes: readonly string[]): string {
  const { source, suspension, limits, forecasts } = state;
  const fields = renderFields(context, source.name, [
    ['address', sourceWords(source)],
    ['pool', `${source.pool}, weight ${source.weight}`],
    ['routes', routes.length === 0 ? 'none' : routes.join(', ')],
    ['certificate', source.clientCertificate === undefined ? undefined : 'shown to remotes that ask'],
    ['warm-up', source.warmUp === undefined ? 'none: no ceiling' : warmUpWords(state)],
    ['suspended', suspension && suspensionWords(suspension, context.nowMs)],
    ...limits.map((limit): [string, string] => ['not used', limitWords(context, limit)]),
  ]);
  return [fields, ...forecasts.map((forecast) => renderForecast(context, forecast))].join('\n');
}

export function limitWords(
  { nowMs }: Pick<CommandContext, 'nowMs'>,
  { provider, untilMs, class: found, reply }: SourceState['limits'][number],
): string {
  return `for ${provider} until ${fullTime(untilMs)} (${relative(untilMs, nowMs)}): ${found}, ${reply}`;
}

function renderForecast(context: CommandContext, forecast: ProviderForecast): string {
  const { paint, io } = context;
  const { provider, warm, step, steps, today, days, warmOnDay } = forecast;
  const name = paint.bold(visible(`warm-up at ${provider === 'other' ? 'other providers' : provider}`));
  if (warm) return `${name}: over, no ceiling any more\n`;
  const counts = [
    `${today.handedOver} of ${today.ceiling} handed over today`,
    ...(today.reserved > today.handedOver ? [`${today.reserved - today.handedOver} more on their way`] : []),
    ...(today.turnedAway > 0 ? [`${today.turnedAway} turned away`] : []),
    ...(today.complained > 0 ? [`${today.complained} complained`] : []),
  ];
  const head = `${name}: day ${step + 1} of ${steps}, ${counts.join(', ')} (${REASONS[today.reason]})\n`;
  const largest = Math.max(today.ceiling, ...days.map(({ ceiling }) => ceiling));
  const now = Math.floor(context.nowMs / DAY_MS);
  const rows = [{ day: now, ceiling: today.ceiling }, ...days.filter(({ day }) => day > now)];
  const table = renderTable(
    [
      { title: 'DAY', text: ({ day }) => (day === now ? 'today' : dayName(day)) },
      { title: 'CEILING', text: ({ ceiling }) => String(ceiling), alignRight: true },
      { title: '', text: ({ ceiling }) => bar(ceiling, largest, MOST_BAR, io.unicode), drops: true },
    ],
    rows,
    { width: io.columns === undefined ? undefined : io.columns - 2, paint },
  );
  const end =
    warmOnDay === undefined ? '' : `  without a ceiling from ${dayName(warmOnDay)} on, if all goes well\n`;
  return head + table.replace(/^(?=.)/gm, '  ') + end;
}

function dayName(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Its way through the plan in a few words: where it stands at the provider that is furthest behind, of those it had mail for. */
export function warmUpWords({ source, forecasts }: SourceState): string {
  const { warmUp } = source;
  if (warmUp === undefined) return 'warm';
  const under = forecasts.filter(({ warm }) => !warm).toSorted((one, other) => one.step - other.step);
  const behind = under.find(({ today }) => today.reason !== 'first') ?? under[0];
  if (behind === undefined) return `warm (${warmUp.plan})`;
  return behind.today.reason === 'not-begun'
    ? `begins ${new Date(warmUp.startsAtMs).toISOString().slice(0, 10)} (${warmUp.plan})`
    : `day ${behind.step + 1} of ${behind.steps} (${warmUp.plan})`;
}
