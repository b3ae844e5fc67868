/**
 * When the surroundings are looked at again. A pure function of what was looked at and the clock: what costs others nothing
 * every hour, blocklists every six hours, a domain every day, and every hour while something is wrong with it. A domain that was
 * never verified is looked at often while somebody may be publishing its records, then less and less, and after a month no more.
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

/** A domain of this age that is not verified is looked at so often; older than all of them: never. */
const NEW_DOMAIN = [
  { untilAgeMs: 3_600_000, everyMs: 60_000 },
  { untilAgeMs: 6 * 3_600_000, everyMs: 5 * 60_000 },
  { untilAgeMs: 7 * 24 * 3_600_000, everyMs: 3_600_000 },
  { untilAgeMs: 30 * 24 * 3_600_000, everyMs: 24 * 3_600_000 },
] as const;

export interface NewDomainDue {
  readonly accountId: string;
  readonly createdAtMs: number;
  /** `undefined`: not since this process runs. */
  readonly lookedAtMs: number | undefined;
}

/** At most `most`, in turns of the accounts. */
export function newDomainsDue<Domain extends NewDomainDue>(
  domains: readonly Domain[],
  nowMs: number,
  most: number,
): readonly Domain[] {
  return inTurns(
    domains.filter(({ createdAtMs, lookedAtMs }) => {
      const step = NEW_DOMAIN.find(({ untilAgeMs }) => nowMs - createdAtMs < untilAgeMs);
      return step !== undefined && isDue(lookedAtMs, step.everyMs, nowMs);
    }),
  ).slice(0, most);
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
  return longestAgoFirst(
    domains.filter(({ lookedAtMs, troubled }) =>
      isDue(lookedAtMs, troubled ? EVERY_MS.troubledDomain : EVERY_MS.domain, nowMs),
    ),
  ).slice(0, most);
}

/**
 * The order in which domains are looked at where time may not suffice for all: accounts take turns, each with its domain that was
 * looked at the longest ago, so that one account with many domains, or with slow name servers, puts off its own alone.
 */
export function inTurns<
  Looked extends { readonly accountId: string; readonly lookedAtMs: number | undefined },
>(domains: readonly Looked[]): readonly Looked[] {
  const counts = new Map<string, number>();
  const placed = longestAgoFirst(domains).map((domain) => {
    const place = counts.get(domain.accountId) ?? 0;
    counts.set(domain.accountId, place + 1);
    return { domain, place };
  });
  return placed.toSorted((one, other) => one.place - other.place).map(({ domain }) => domain);
}

function longestAgoFirst<Looked extends { readonly lookedAtMs: number | undefined }>(
  domains: readonly Looked[],
): readonly Looked[] {
  return domains.toSorted((one, other) => (one.lookedAtMs ?? -1) - (other.lookedAtMs ?? -1));
}
