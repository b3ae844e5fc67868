/**
 * When the surroundings are looked at again. A pure function of what was looked at and the clock: what costs others nothing
 * every hour, blocklists every six hours, a domain every day, and every hour while something is wrong with it.
 */

export const EVERY_MS = {
  around: 3_600_000,
  lists: 6 * 3_600_000,
  domain: 24 * 3_600_000,
  troubledDomain: 3_600_000,
} as const;

export interface DomainDue {
  readonly id: string;
  /** `undefined`: never. */
  readonly lookedAtMs: number | undefined;
  /** Something was wrong, or could not be told. */
  readonly troubled: boolean;
}

/** A clock that was set back does not put a look off. */
export function isDue(lookedAtMs: number | undefined, everyMs: number, nowMs: number): boolean {
  return lookedAtMs === undefined || lookedAtMs > nowMs || nowMs - lookedAtMs >= everyMs;
}

/** At most `most`, those never looked at first, then the longest ago. */
export function domainsDue<Domain extends DomainDue>(
  domains: readonly Domain[],
  nowMs: number,
  most: number,
): readonly Domain[] {
  return domains
    .filter(({ lookedAtMs, troubled }) =>
      isDue(lookedAtMs, troubled ? EVERY_MS.troubledDomain : EVERY_MS.domain, nowMs),
    )
    .sort((one, other) => (one.lookedAtMs ?? -1) - (other.lookedAtMs ?? -1))
    .slice(0, most);
}
