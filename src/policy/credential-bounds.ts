/**
 * What one credential may make of another: nothing wider than itself. A key with the scope `admin` that is bound to
 * domains, addresses, networks, an expiry or limits of use binds whatever it makes in the same way, or more narrowly, and
 * gives no new secret to what is wider. Facts in, decision out. The default stream is no bound: a message may name another.
 */
import { containsNetwork } from '../platform/network/cidr.ts';
import { compactLimits, USAGE_LIMITS, type UsageLimits } from './usage-limits.ts';

/** As credentials have them: an empty list and `undefined` bind to nothing. Scopes are always named. */
export interface CredentialBounds {
  readonly scopes: readonly string[];
  /** Lower-cased A-label names. */
  readonly domains: readonly string[];
  /** `local-part@domain`. */
  readonly fromAddresses: readonly string[];
  /** CIDR blocks, or single addresses. */
  readonly networks: readonly string[];
  readonly ratePerMinute: number | undefined;
  readonly dailyQuota: number | undefined;
  readonly limits?: UsageLimits | undefined;
  readonly expiresAtMs: number | undefined;
}

/** One bound of the holder that what it wants goes beyond. */
export interface BoundExceeded {
  readonly bound: keyof CredentialBounds;
  /** In words, after the name of the field: what is wanted, and what the holder has. */
  readonly problem: string;
}

const LISTED = 3;

/** `wanted`, with the holder's own bounds where it names none. */
export function withBoundsOf<Wanted extends CredentialBounds>(
  wanted: Wanted,
  holder: CredentialBounds,
): Wanted {
  const list = (own: readonly string[], other: readonly string[]) => (own.length > 0 ? own : other);
  return {
    ...wanted,
    domains: list(wanted.domains, holder.domains),
    fromAddresses: list(wanted.fromAddresses, holder.fromAddresses),
    networks: list(wanted.networks, holder.networks),
    ratePerMinute: wanted.ratePerMinute ?? holder.ratePerMinute,
    dailyQuota: wanted.dailyQuota ?? holder.dailyQuota,
    limits: compactLimits({ ...holder.limits, ...wanted.limits }),
    expiresAtMs: wanted.expiresAtMs ?? holder.expiresAtMs,
  };
}

/** Where `wanted` goes beyond `holder`; empty: nowhere. */
export function boundsExceeded(wanted: CredentialBounds, holder: CredentialBounds): readonly BoundExceeded[] {
  const exceeded: BoundExceeded[] = [];
  const check = (bound: keyof CredentialBounds, problem: string | undefined) => {
    if (problem !== undefined) exceeded.push({ bound, problem });
  };
  if (!holder.scopes.includes('admin'))
    check(
      'scopes',
      beyondList(wanted.scopes, holder.scopes, (scope) => holder.scopes.includes(scope)),
    );
  const within = (list: readonly string[], covers: (entry: string) => boolean, own: readonly string[]) =>
    own.length === 0 ? undefined : beyondList(list, own, covers);
  const { domains, fromAddresses, networks } = holder;
  check(
    'domains',
    within(wanted.domains, (name) => domains.includes(name), domains),
  );
  check(
    'fromAddresses',
    within(wanted.fromAddresses, (address) => fromAddresses.includes(address), fromAddresses),
  );
  check(
    'networks',
    within(wanted.networks, (inner) => networks.some((outer) => containsNetwork(outer, inner)), networks),
  );
  check('ratePerMinute', beyondMost(wanted.ratePerMinute, holder.ratePerMinute));
  check('dailyQuota', beyondMost(wanted.dailyQuota, holder.dailyQuota));
  for (const name of USAGE_LIMITS) {
    const problem = beyondMost(wanted.limits?.[name], holder.limits?.[name]);
    if (problem !== undefined) exceeded.push({ bound: 'limits', problem: `${name} ${problem}` });
  }
  const asTime = (ms: number) => new Date(ms).toISOString();
  check('expiresAtMs', beyondMost(wanted.expiresAtMs, holder.expiresAtMs, asTime));
  return exceeded;
}

function beyondList(
  list: readonly string[],
  own: readonly string[],
  covers: (entry: string) => boolean,
): string | undefined {
  const more = own.length > LISTED ? `, and ${own.length - LISTED} more` : '';
  const only = `the API key itself has only ${own.slice(0, LISTED).join(', ')}${more}`;
  if (list.length === 0) return `has no limit; ${only}`;
  const beyond = list.find((entry) => !covers(entry));
  return beyond === undefined ? undefined : `${beyond} goes beyond it; ${only}`;
}

function beyondMost(
  wanted: number | undefined,
  most: number | undefined,
  words: (value: number) => string = String,
): string | undefined {
  if (most === undefined || (wanted !== undefined && wanted <= most)) return undefined;
  const given = wanted === undefined ? 'has no limit' : `${words(wanted)} goes beyond it`;
  return `${given}; the API key itself has ${words(most)}`;
}
