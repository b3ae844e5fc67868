/**
 * What `relayctl source show` draws of a source in warm-up: its plan at each provider, the count of today, and the days to
 * come as they will be if each uses its ceiling and meets no trouble. Pure: facts in, figures out.
 */
import { dayOf, warmUpCeiling, type WarmUpDay, type WarmUpReason } from './warm-up.ts';
import { ceilingsAt, type WarmUpPlan } from './warm-up-plans.ts';
import type { SourceWarmUp } from './source.ts';

/** Mail of sites that are no known provider's is one lot, with one ceiling. */
export const OTHER_PROVIDERS = 'other';

/** Whether mail is counted with a provider of config/providers.toml: hosts of nobody known have a dot in their name. */
export function isProvider(name: string): boolean {
  return !name.includes('.');
}

/** A day of one source at one provider, as the store has it. */
export interface SourceDay extends WarmUpDay {
  readonly source: string;
  /** A name in config/providers.toml, or {@link OTHER_PROVIDERS}. */
  readonly provider: string;
}

export interface ProviderForecast {
  readonly provider: string;
  /** From 0 on, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** It has no ceiling any more; what follows is empty. */
  readonly warm: boolean;
  readonly today: {
    readonly ceiling: number;
    /** What nodes have for today, used or not. */
    readonly reserved: number;
    readonly handedOver: number;
    readonly turnedAway: number;
    readonly complained: number;
    readonly reason: WarmUpReason;
  };
  /** From tomorrow on, at most as many as were asked for. */
  readonly days: readonly { readonly day: number; readonly ceiling: number }[];
  /** The first day without a ceiling, if all goes well. */
  readonly warmOnDay: number | undefined;
}

/**
 * One for each provider that the source has handed anything over to, and one for a provider that it has not yet
 * ({@link OTHER_PROVIDERS} where that is not there). `history`: of the source, of all providers.
 */
export function sourceForecast({
  warmUp,
  plan,
  history,
  nowMs,
  days = 14,
}: {
  readonly warmUp: SourceWarmUp;
  readonly plan: WarmUpPlan;
  readonly history: readonly SourceDay[];
  readonly nowMs: number;
  readonly days?: number;
}): readonly ProviderForecast[] {
  const day = dayOf(nowMs);
  const startDay = dayOf(warmUp.startsAtMs);
  const firstDayHere = firstDay(history);
  const providers = [...new Set([...history.map(({ provider }) => provider), OTHER_PROVIDERS])].sort();
  return providers.map((provider) => {
    const ceilings = ceilingsAt(plan, provider);
    const ofProvider = history.filter((one) => one.provider === provider);
    const facts = { day, startDay, ceilings, firstDayHere };
    return forecastAt(provider, { ...facts, history: ofProvider }, days);
  });
}

/** The first day that the store knows of a source. */
export function firstDay(history: readonly { readonly day: number }[]): number | undefined {
  return history.length === 0
    ? undefined
    : history.reduce((least, { day }) => Math.min(least, day), Infinity);
}

function forecastAt(
  provider: string,
  facts: Parameters<typeof warmUpCeiling>[0],
  shown: number,
): ProviderForecast {
  const { day, startDay, ceilings, history } = facts;
  const allowance = warmUpCeiling(facts);
  const row = history.find((one) => one.day === day);
  const { reserved = 0, handedOver = 0, turnedAway = 0, complained = 0 } = row ?? {};
  const counted = { reserved, handedOver, turnedAway, complained };
  const steps = ceilings.length;
  if (allowance.kind === 'warm')
    return {
      ...{ provider, step: steps, steps, warm: true, days: [], warmOnDay: undefined },
      today: { ...counted, ceiling: 0, reason: 'planned' },
    };
  const { step, ceiling, reason } = allowance;
  // Before the first day the plan stands still; on it, it begins.
  const ahead = (step_: number, day_: number) =>
    ceilings.slice(step_).map((of, at) => ({ day: day_ + at, ceiling: of }));
  const coming = reason === 'not-begun' ? ahead(0, startDay) : ahead(step + 1, day + 1);
  return {
    ...{ provider, step, steps, warm: false },
    today: { ...counted, ceiling, reason },
    days: coming.slice(0, shown),
    warmOnDay: (coming.at(-1)?.day ?? day) + 1,
  };
}
