/**
 * What a seed decides of shaping: sites that are well and have limits, who runs them, the rules of the two files, and how
 * much mail comes at once. It is decided apart, so that what else a seed decides stays as it is; half of the seeds have
 * none of it.
 */
import type { Dice } from '../dice.ts';
import { MINUTE_MS } from '../durations.ts';
import type { DomainPlan, HostPlan, SitePlan } from '../site-plan.ts';
import type { ProviderLimitsOptions } from '../../support/provider-limits.ts';
import type {
  PlannedLimits,
  PlannedMatch,
  PlannedReply,
  PlannedRule,
  PlannedWindow,
  WrittenRule,
} from './planned-rules.ts';

export interface ShapingPlan {
  /** Well and fast, beside the plan's other sites. */
  readonly sites: readonly SitePlan[];
  readonly domains: readonly DomainPlan[];
  readonly providers: readonly { readonly name: string; readonly mx: readonly string[] }[];
  readonly builtIn: readonly PlannedRule[];
  readonly operator: readonly WrittenRule[];
  readonly replies: readonly PlannedReply[];
  /** What hosts take, by the name of their site; the hosts of a provider count together. */
  readonly hostLimits: ReadonlyMap<string, HostLimits>;
  readonly burstsPerHour: number;
  readonly burstSize: number;
}

/** One object for sites that count together. */
export type HostLimits = Omit<ProviderLimitsOptions, 'clock'>;

export interface PlannedAround {
  /** Number of the first site. */
  readonly firstSite: number;
  readonly accounts: readonly string[];
}

const WINDOWS: readonly (readonly [PlannedWindow, readonly number[]])[] = [
  ['second', [1, 2, 5]],
  ['minute', [2, 10, 30, 60]],
  ['hour', [30, 100, 300]],
  ['day', [300, 1_000, 3_000]],
];

export function makeShapingPlan(dice: Dice, around: PlannedAround): ShapingPlan {
  const sites = Array.from({ length: dice.int(2, 4) }, (_, index) =>
    makeSite(dice, around.firstSite + index),
  );
  const domains = sites.flatMap((site) => makeDomains(dice, site));
  const [first, second, ...others] = sites.map(({ name }) => `${name}.test`) as [string, string];
  const providers = [
    { name: 'large', mx: dice.chance(0.5) ? [first, second] : [first] },
    ...others.map((mx, index) => ({ name: `small-${index}`, mx: [mx] })),
  ];
  const known = { ...around, sites, domains, providers: providers.map(({ name }) => name) };
  const builtIn = Array.from({ length: dice.int(1, 3) }, (_, index) =>
    makeRule(dice, `built-in-${index}`, known),
  );
  const operator: WrittenRule[] = Array.from({ length: dice.int(0, 3) }, (_, index) =>
    makeRule(dice, `own-${index}`, known),
  );
  const changed = dice.pick(builtIn);
  if (dice.chance(0.3)) operator.push({ name: changed.name, limits: makeChange(dice, changed) });
  return {
    ...{ sites, domains, providers, builtIn, operator },
    replies: makeReplies(dice),
    hostLimits: makeHostLimits(dice, sites, providers[0]?.mx ?? []),
    burstsPerHour: dice.between(0.2, 1),
    burstSize: dice.int(20, 120),
  };
}

function makeSite(dice: Dice, number: number): SitePlan {
  const hosts = Array.from({ length: dice.int(1, 2) }, (_, index): HostPlan => ({
    name: `mx${index}.site-${number}.test`,
    preference: dice.pick([10, 10, 20]),
    addresses: [`192.0.${number}.${index + 1}`],
  }));
  return {
    ...{ name: `site-${number}`, kind: 'shaped', hosts },
    roundTripMs: dice.between(5, 120),
    ...{ tls: true, recipientsPerTransaction: 1_000, smtpUtf8: true, dsn: dice.chance(0.5) },
  };
}

function makeDomains(dice: Dice, site: SitePlan): DomainPlan[] {
  return Array.from({ length: dice.int(1, 3) }, (_, index) => ({
    name: `d${index}.${dice.pick(['one', 'two'])}-${site.name}.test`,
    ...{ mail: 'site', site, unruly: false },
    mailboxes: dice.int(5, 40),
  }));
}

interface Known {
  readonly accounts: readonly string[];
  readonly sites: readonly SitePlan[];
  readonly domains: readonly DomainPlan[];
  readonly providers: readonly string[];
}

function makeRule(dice: Dice, name: string, known: Known): PlannedRule {
  const ofTenants = dice.chance(0.3);
  const match: PlannedMatch = {
    ...dice.weighted<() => PlannedMatch>([
      [4, () => ({ provider: [dice.pick(known.providers)] })],
      [3, () => ({ mx: [`${dice.pick(known.sites).name}.test`] })],
      [3, () => ({ domain: [dice.pick(known.domains).name] })],
      [1, () => ({ domain: [`*.${dice.pick(known.domains).name.split('.').slice(1).join('.')}`] })],
    ])(),
    ...(ofTenants &&
      dice.weighted<() => PlannedMatch>([
        [2, () => ({ account: [dice.pick(known.accounts)] })],
        [2, () => ({ stream: [dice.pick(['transactional', 'broadcast'])] })],
      ])()),
  };
  const byDomain = match.domain === undefined && dice.chance(0.2);
  return {
    ...{ name, match },
    ...(byDomain && { per: ['domain', 'source'] as const }),
    ...(ofTenants && dice.chance(0.3) && { per: ['site', 'account'] as const }),
    limits: ofTenants ? makeRates(dice) : { ...makeRates(dice), ...makeConnectionLimits(dice) },
  };
}

function makeRates(dice: Dice): PlannedLimits {
  const messagesPer: Partial<Record<PlannedWindow, number>> = {};
  for (const [window, limits] of WINDOWS) if (dice.chance(0.35)) messagesPer[window] = dice.pick(limits);
  return {
    ...(Object.keys(messagesPer).length > 0 ? { messagesPer } : { messagesPer: { minute: 20 } }),
    ...(dice.chance(0.3) && { recipientsPerTransaction: dice.int(1, 5) }),
  };
}

function makeConnectionLimits(dice: Dice): PlannedLimits {
  return {
    ...(dice.chance(0.4) && { connections: dice.int(1, 3) }),
    ...(dice.chance(0.3) && { connectionsPerMinute: dice.int(2, 20) }),
    ...(dice.chance(0.3) && { messagesPerConnection: dice.int(1, 10) }),
    ...(dice.chance(0.3) && { idleMs: dice.pick([1_000, 5_000, 60_000]) }),
  };
}

/** One limit less, or another one. */
function makeChange(dice: Dice, { limits }: PlannedRule): PlannedLimits {
  const window = Object.keys(limits.messagesPer ?? {})[0] as PlannedWindow | undefined;
  if (window === undefined || dice.chance(0.4)) return { messagesPer: { minute: dice.pick([5, 40]) } };
  return { messagesPer: { [window]: Infinity } };
}

function makeReplies(dice: Dice): PlannedReply[] {
  const forMs = dice.pick([1, 5, 10]) * MINUTE_MS;
  return [
    { id: 'too-many', match: {}, text: ['too many'], action: 'slow', forMs, scope: 'site' },
    {
      id: 'rate',
      match: {},
      text: ['unusual rate', 'rate limit'],
      action: dice.pick(['slow', 'suspend']),
      forMs,
      scope: dice.pick(['site', 'provider']),
    },
    { id: 'suspended', match: {}, code: [421], text: ['suspended'], action: 'suspend', forMs, scope: 'site' },
  ];
}

function makeHostLimits(dice: Dice, sites: readonly SitePlan[], together: readonly string[]) {
  const limits = new Map<string, HostLimits>();
  const shared = makeLimits(dice);
  for (const { name } of sites) {
    const own = together.includes(`${name}.test`) ? shared : dice.chance(0.3) ? makeLimits(dice) : undefined;
    if (own !== undefined && dice.chance(0.6)) limits.set(name, own);
  }
  return limits;
}

function makeLimits(dice: Dice): HostLimits {
  return {
    ...(dice.chance(0.5) && { connections: dice.int(1, 4) }),
    ...(dice.chance(0.3) && { connectionsPerMinute: dice.int(5, 30) }),
    ...(dice.chance(0.3) && { messagesPerConnection: dice.int(1, 20) }),
    messages: { count: dice.pick([5, 20, 60]), windowMs: dice.pick([1, 10]) * MINUTE_MS },
    code: dice.pick([421, 450]),
    ...(dice.chance(0.3) && {
      suspends: { violations: dice.int(5, 30), forMs: dice.pick([5, 30]) * MINUTE_MS },
    }),
  };
}
