/** What the store knows of sources at this moment: providers that they are not used for, and the state of their warm-up. */
import { sourceForecast, type ProviderForecast } from '../policy/egress/source-forecast.ts';
import type { Source } from '../policy/egress/source.ts';
import type { SourceLimit } from '../policy/egress/source-limit.ts';
import { dayOf, WARM_UP_HISTORY_DAYS } from '../policy/egress/warm-up.ts';
import type { Suspension } from '../store/shaping.ts';
import type { StoredSourceDay } from '../store/egress.ts';
import type { CommandContext } from './program/command-context.ts';

export interface SourceState {
  readonly source: Source;
  /** By an operator. */
  readonly suspension: Suspension | undefined;
  /** In force now. */
  readonly limits: readonly SourceLimit[];
  /** One for each provider; empty: the source is not in warm-up. */
  readonly forecasts: readonly ProviderForecast[];
}

const DAYS_AHEAD = 14;

/** In the order of the configuration. Without a store nothing is known yet. */
export async function sourceStates(
  context: CommandContext,
  sources: readonly Source[] = context.config.egress.sources,
): Promise<readonly SourceState[]> {
  const { services, config, nowMs } = context;
  const plans = services.readRuleFiles(config).warmUpPlans;
  const hasStore = services.storeExists(config);
  const sinceDay = dayOf(nowMs) - WARM_UP_HISTORY_DAYS;
  const none: [readonly SourceLimit[], readonly StoredSourceDay[], readonly Suspension[]] = [[], [], []];
  const [limits, days, suspensions] = hasStore
    ? await Promise.all([
        context.reader.sourceLimits(),
        context.reader.sourceDays({ source: undefined, sinceDay }),
        context.reader.suspensions(),
      ])
    : none;
  return sources.map((source) => {
    const { name, warmUp } = source;
    const plan = plans.find((one) => one.name === warmUp?.plan);
    const history = days.filter((day) => day.source === name);
    return {
      source,
      suspension: suspensions.find(({ kind, subject }) => kind === 'source' && subject === name),
      limits: limits.filter((limit) => limit.source === name && limit.untilMs > nowMs),
      forecasts:
        warmUp === undefined || plan === undefined
          ? []
          : sourceForecast({ warmUp, plan, history, nowMs, days: DAYS_AHEAD }),
    };
  });
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
