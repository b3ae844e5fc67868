/**
 * Limits of sending health that an account has of its own, by the names that the section `[health]` has. What it does not name is as
 * configured. Facts in, decision out.
 */
import type { HealthRules, HealthThreshold } from './health.ts';

const SHARES = [
  ...(['warn_bounces', 'warn_complaints', 'throttle_bounces', 'throttle_complaints'] as const),
  ...(['hold_bounces', 'hold_complaints'] as const),
] as const;
const COUNTS = ['least_messages', 'throttle_per_minute'] as const;
export const HEALTH_TERMS = [...COUNTS, ...SHARES] as const;
export type HealthTermName = (typeof HEALTH_TERMS)[number];

/** Shares in 0 .. 1, `null` for never; the counts are whole numbers from 1 on. */
export type HealthTerms = Readonly<
  Partial<Record<(typeof SHARES)[number], number | null> & Record<(typeof COUNTS)[number], number>>
>;

/** What an account and its streams are judged by. */
export interface HealthLimits {
  readonly rules: HealthRules;
  /** Deliveries a minute of a throttled account or stream. */
  readonly throttlePerMinute: number;
}

export const LEVELS_FROM_MILDEST = ['warn', 'throttle', 'hold'] as const;
export const HEALTH_FIGURES = ['bounces', 'complaints'] as const;
/** The largest of the counts. */
export const MOST_OF_A_COUNT: Readonly<Record<(typeof COUNTS)[number], number>> = {
  least_messages: 1_000_000_000,
  throttle_per_minute: 1_000_000,
};

export function isHealthTerm(name: string): name is HealthTermName {
  return (HEALTH_TERMS as readonly string[]).includes(name);
}

/** Of those terms that are a number of deliveries; the others are shares. */
export function isHealthCount(name: HealthTermName): name is (typeof COUNTS)[number] {
  return (COUNTS as readonly string[]).includes(name);
}

/** As configured, with the account's own in their place. */
export function healthLimitsFor(configured: HealthLimits, terms: HealthTerms | undefined): HealthLimits {
  if (terms === undefined) return configured;
  const { rules } = configured;
  const of = (level: (typeof LEVELS_FROM_MILDEST)[number]): HealthThreshold => {
    const [bounces, complaints] = [terms[`${level}_bounces`], terms[`${level}_complaints`]];
    return {
      bounces: bounces === undefined ? rules[level].bounces : (bounces ?? undefined),
      complaints: complaints === undefined ? rules[level].complaints : (complaints ?? undefined),
    };
  };
  return {
    rules: {
      leastMessages: terms.least_messages ?? rules.leastMessages,
      ...{ warn: of('warn'), throttle: of('throttle'), hold: of('hold') },
    },
    throttlePerMinute: terms.throttle_per_minute ?? configured.throttlePerMinute,
  };
}

/** Stricter levels whose limit is lower than that of a milder one, by their names. */
export function unorderedThresholds(
  rules: HealthRules,
): readonly { readonly name: HealthTermName; readonly milder: HealthTermName }[] {
  return HEALTH_FIGURES.flatMap((figure) => {
    let milder: { readonly name: HealthTermName; readonly share: number } | undefined;
    return LEVELS_FROM_MILDEST.flatMap((level) => {
      const share = rules[level][figure];
      if (share === undefined) return [];
      const name = `${level}_${figure}` as const;
      const found = milder !== undefined && share < milder.share ? [{ name, milder: milder.name }] : [];
      milder = { name, share };
      return found;
    });
  });
}

/** In the order of {@link HEALTH_TERMS}, without those that have no value; `undefined`: none is left. */
export function compactHealthTerms(
  terms: Readonly<Partial<Record<HealthTermName, number | null | undefined>>>,
): HealthTerms | undefined {
  const kept = HEALTH_TERMS.flatMap((name) => {
    const value = terms[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
