/** A source with what is known of it at this moment, as `--json` and the dashboard have it. The keys are part of the contract. */
import type { ProviderForecast } from '../policy/egress/source-forecast.ts';
import type { SourceLimit } from '../policy/egress/source-limit.ts';
import type { Source } from '../policy/egress/source.ts';
import { DAY_MS } from '../policy/egress/warm-up.ts';
import type { Suspension } from '../store/shaping.ts';
import { sourceJson } from './route-json.ts';
import { suspensionJson } from './suspension-json.ts';
import { timestamp } from './timestamp.ts';

/** As admin/source-state.ts finds it out. */
interface SourceFacts {
  readonly source: Source;
  readonly suspension: Suspension | undefined;
  readonly limits: readonly SourceLimit[];
  readonly forecasts: readonly ProviderForecast[];
}

export function sourceStateJson({ source, suspension, limits, forecasts }: SourceFacts) {
  return {
    ...sourceJson(source),
    suspended: suspension !== undefined,
    ...suspensionJson(suspension),
    limits: limits.map(({ provider, atMs, untilMs, times, class: found, reply }) => ({
      provider,
      at: timestamp(atMs),
      until: timestamp(untilMs),
      times,
      class: found,
      reply,
    })),
    forecast: forecasts.map(({ provider, step, steps, warm, today, days, warmOnDay }) => ({
      provider,
      step: Math.min(step + 1, steps),
      steps,
      warm,
      today: {
        ceiling: warm ? null : today.ceiling,
        reserved: today.reserved,
        handed_over: today.handedOver,
        turned_away: today.turnedAway,
        complained: today.complained,
        reason: today.reason,
      },
      days: days.map(({ day, ceiling }) => ({ day: dayName(day), ceiling })),
      warm_on: warmOnDay === undefined ? null : dayName(warmOnDay),
    })),
  };
}

function dayName(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
