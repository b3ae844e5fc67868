/** What the store has of sources at this moment: providers that they are not used for, and the state of their warm-up. */
import type { Config, DataFiles } from '../config/config.ts';
import { sourceForecast, type ProviderForecast } from '../policy/egress/source-forecast.ts';
import type { SourceLimit } from '../policy/egress/source-limit.ts';
import type { Source } from '../policy/egress/source.ts';
import { dayOf, WARM_UP_HISTORY_DAYS } from '../policy/egress/warm-up.ts';
import type { StoredSourceDay } from '../store/egress.ts';
import type { Suspension } from '../store/shaping.ts';
import type { StoreReads } from '../store/store.ts';

export interface SourceState {
  readonly source: Source;
  /** By an operator. */
  readonly suspension: Suspension | undefined;
  /** In force now. */
  readonly limits: readonly SourceLimit[];
  /** One for each provider; empty: the source is not in warm-up. */
  readonly forecasts: readonly ProviderForecast[];
}

export interface SourceStateContext {
  /** `undefined`: there is no store yet, so nothing is known. */
  readonly reader: Pick<StoreReads, 'sourceLimits' | 'sourceDays' | 'suspensions'> | undefined;
  readonly config: Pick<Config, 'egress'>;
  readonly files: Pick<DataFiles, 'warmUpPlans'>;
  readonly nowMs: number;
}

const DAYS_AHEAD = 14;

/** In the order of the configuration. */
export async function sourceStates(
  { reader, config, files, nowMs }: SourceStateContext,
  sources: readonly Source[] = config.egress.sources,
): Promise<readonly SourceState[]> {
  const sinceDay = dayOf(nowMs) - WARM_UP_HISTORY_DAYS;
  const none: [readonly SourceLimit[], readonly StoredSourceDay[], readonly Suspension[]] = [[], [], []];
  const [limits, days, suspensions] =
    reader === undefined
      ? none
      : await Promise.all([
          reader.sourceLimits(),
          reader.sourceDays({ source: undefined, sinceDay }),
          reader.suspensions(),
        ]);
  return sources.map((source) => {
    const { name, warmUp } = source;
    const plan = files.warmUpPlans.find((one) => one.name === warmUp?.plan);
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
