/**
 * What a seed decides before anything happens: the limits and the configuration of the relay, who sends, who receives
 * and on which hosts, and how often what goes wrong. The rest is decided as it happens, by dice of the same seed.
 */
import type { DeliveryConfig } from '../../src/config/config.ts';
import { DEFAULT_DELIVERY_LIMITS, type DeliveryLimits } from '../../src/delivery/limits.ts';
import { DEFAULT_RETRY_SCHEDULE_MS } from '../../src/policy/retry.ts';
import type { Credential } from '../../src/store/directory-records.ts';
import type { RetentionAges } from '../../src/store/retention.ts';
import { Dice } from './dice.ts';
import { HOUR_MS, MINUTE_MS } from './durations.ts';
import type { DomainPlan, HostPlan, SiteKind, SitePlan } from './site-plan.ts';
import { makeShapingPlan, type ShapingPlan } from './shaping/shaping-plan.ts';
import { SMTP_CREDENTIAL } from '../support/credential.ts';

/** A domain without MX, which is its own host. */
export const IMPLICIT = 'implicit.test';

export interface AccountPlan {
  /** `acc_` id. */
  readonly id: string;
  readonly name: string;
  /** Its sending domain; DSNs go there. */
  readonly domain: string;
  /** How much it sends, beside the others. */
  readonly share: number;
  /** Sends single messages to the steady and the crowded destinations; nobody holds or cancels them. */
  readonly quiet: boolean;
  /** Of its credential; absent: no limit. */
  readonly ratePerMinute?: number;
}

/** Mean times between what goes wrong; `undefined`: never. */
export interface Troubles {
  readonly sudden: number | undefined;
  readonly stops: number | undefined;
  readonly storeFaults: number | undefined;
  readonly operator: number | undefined;
  readonly clockJumps: number | undefined;
  /** How long a host stays in one mood. */
  readonly moods: number;
  readonly dns: number;
}

export interface Plan {
  readonly seed: number;
  readonly hours: number;
  readonly config: DeliveryConfig;
  readonly retention: RetentionAges;
  readonly limits: DeliveryLimits;
  readonly accounts: readonly AccountPlan[];
  readonly sites: readonly SitePlan[];
  readonly domains: readonly DomainPlan[];
  readonly messagesPerHour: number;
  readonly burstsPerHour: number;
  readonly burstSize: number;
  /** A message that is to leave later does so within this time. */
  readonly sendWithinMs: number;
  readonly troubles: Troubles;
  /** When the sending ends, everything becomes well; else it stays as it is. */
  readonly calmEnd: boolean;
  /** So long after the sending the operator cancels what is left; `undefined`: all mail has its time. */
  readonly patienceMs: number | undefined;
  /** Its sites and domains are among those above. */
  readonly shaping: ShapingPlan | undefined;
}

/** Whether there are rules of shaping; by default the seed decides. */
export type Shaped = 'always' | 'never' | 'by seed';
/** `by seed`: most worlds of a day are sparse, and end soon after the sending; `full`: as dense as short ones, and to the end. */
export type Load = 'by seed' | 'full';

/** In shorter worlds little would happen at all. */
const LONG_HOURS = 6;
/** A day has a few campaigns at least. */
const LEAST_SHAPED_BURSTS_PER_HOUR = 1 / 8;

/** The account's one credential. */
export function credentialOf({ id, name, ratePerMinute }: AccountPlan): Credential {
  return {
    ...SMTP_CREDENTIAL,
    id: `crd_${id}`,
    accountId: id,
    accountName: name,
    username: name,
    ratePerMinute,
  };
}

export function makePlan(
  seed: number,
  hours: number,
  shaped: Shaped = 'by seed',
  load: Load = 'by seed',
): Plan {
  const plan = makeDensePlan(seed, hours, shaped);
  return load === 'full' || hours < LONG_HOURS ? plan : lessMail(plan, new Dice(seed).fork('load'));
}

/**
 * What takes a day to be broken needs hours rather than mail: windows of a day, expiry, what a restart forgets. So most of these
 * worlds are cheap, and some are as heavy as short ones.
 */
function lessMail(plan: Plan, dice: Dice): Plan {
  const load = dice.weighted([
    [5, 0.1],
    [4, 0.25],
    [2, 0.5],
    [1, 1],
  ]);
  const { shaping, messagesPerHour, burstsPerHour } = plan;
  return {
    ...plan,
    messagesPerHour: load * messagesPerHour,
    burstsPerHour: load * burstsPerHour,
    patienceMs: dice.chance(0.8) ? dice.between(1, 12) * HOUR_MS : undefined,
    shaping: shaping && {
      ...shaping,
      burstsPerHour: Math.max(load * shaping.burstsPerHour, LEAST_SHAPED_BURSTS_PER_HOUR),
    },
  };
}

function makeDensePlan(seed: number, hours: number, shaped: Shaped): Plan {
  const plan = makeUnshapedPlan(seed, hours);
  const dice = new Dice(seed).fork('shaping');
  const bySeed = dice.chance(0.5);
  if (shaped === 'never' || (shaped === 'by seed' && !bySeed)) return plan;
  const accounts = plan.accounts.filter(({ quiet }) => !quiet).map(({ name }) => name);
  const shaping = makeShapingPlan(dice, { firstSite: plan.sites.length, accounts });
  const sites = [...plan.sites, ...shaping.sites];
  const { softConnections } = plan.limits;
  return {
    ...{ ...plan, shaping, sites },
    domains: [...plan.domains, ...shaping.domains],
    limits: {
      ...plan.limits,
      hardConnections: Math.max(plan.limits.hardConnections, softConnections + 4 * sites.length),
    },
  };
}

function makeUnshapedPlan(seed: number, hours: number): Plan {
  const dice = new Dice(seed).fork('plan');
  const sites = makeSites(dice);
  const accounts = makeAccounts(dice);
  const maybe = (probability: number, mean: number) => (dice.chance(probability) ? mean : undefined);
  return {
    seed,
    hours,
    config: {
      port: 25,
      allowPrivateAddresses: true,
      mode: 'live',
      retryScheduleMs: dice.chance(0.7) ? DEFAULT_RETRY_SCHEDULE_MS : [MINUTE_MS, 10 * MINUTE_MS, HOUR_MS],
      maxAgeMs: dice.pick([6, 12, 24, 96]) * HOUR_MS,
    },
    // Content goes soon, so that the cleaner is at work; the rest stays, or goes when the observer has seen it.
    retention: {
      contentMs: 2 * HOUR_MS,
      metadataMs: dice.pick([3, 1_000]) * HOUR_MS,
      eventsMs: dice.pick([5, 1_000]) * HOUR_MS,
    },
    limits: makeLimits(dice, sites.length),
    accounts,
    sites,
    domains: makeDomains(dice, sites, accounts),
    messagesPerHour: dice.between(10, 60),
    burstsPerHour: dice.chance(0.6) ? dice.between(0, 0.3) : 0,
    burstSize: dice.int(20, 300),
    sendWithinMs: 5 * HOUR_MS,
    troubles: {
      sudden: maybe(0.7, dice.between(0.3, 6) * HOUR_MS),
      stops: maybe(0.4, dice.between(1, 12) * HOUR_MS),
      storeFaults: maybe(0.5, dice.between(0.5, 8) * HOUR_MS),
      operator: maybe(0.5, dice.between(0.1, 3) * HOUR_MS),
      clockJumps: maybe(0.1, dice.between(3, 12) * HOUR_MS),
      moods: dice.pick([10 * MINUTE_MS, HOUR_MS, 5 * HOUR_MS]),
      dns: dice.pick([30 * MINUTE_MS, 3 * HOUR_MS]),
    },
    calmEnd: dice.chance(0.6),
    patienceMs: undefined,
    shaping: undefined,
  };
}

function makeLimits(dice: Dice, sites: number): DeliveryLimits {
  if (dice.chance(0.25)) return DEFAULT_DELIVERY_LIMITS;
  const maxDeliveries = dice.pick([40, 200, 2_000, 10_000]);
  const feedDeliveries = Math.floor(maxDeliveries * dice.pick([0, 0.2, 0.5]));
  const maxConnectionsPerSite = dice.pick([1, 2, 4, 10]);
  const softConnections = dice.pick([2, 10, 500]);
  return {
    maxDeliveries,
    feedDeliveries,
    feedDeliveriesPerDestination: dice.pick([1, 10, 100, 500]),
    maxContentBytes: dice.pick([0, 10_000, 64 * 1024 * 1024]),
    claimDeliveries: dice.pick([5, 50, 500]),
    claimDeliveriesPerDestination: dice.pick([2, 10, 50]),
    maxUnsettledPerDestination: dice.pick([1, 5, 50]),
    recipientsPerTransaction: dice.pick([1, 3, 100]),
    firstConnectionsPerSite: dice.int(1, maxConnectionsPerSite),
    maxConnectionsPerSite,
    messagesPerConnection: dice.pick([1, 5, 100]),
    messagesPerSecondPerSite: dice.pick([undefined, undefined, 2, 20]),
    softConnections,
    // Two for each site must fit, for mail with and without required TLS: that is the promise of the hard limit.
    hardConnections: softConnections + 4 * sites,
    idleConnectionMs: dice.pick([500, 10_000, 120_000]),
    addressesPerConnection: dice.pick([2, 8]),
    concurrentLookups: dice.pick([1, 3, 100]),
    cachedRoutes: dice.pick([2, 20_000]),
    routeMaxAgeMs: dice.pick([1_000, 300_000]),
  };
}

function makeAccounts(dice: Dice): AccountPlan[] {
  const busy = dice.int(2, 5);
  return Array.from({ length: busy + 1 }, (_, index) => ({
    id: `acc_${index}`,
    name: index === busy ? 'quiet' : `account-${index}`,
    domain: `sender-${index}.test`,
    share: index === busy ? 0 : 1 / (index + 1) ** 2,
    quiet: index === busy,
  }));
}

function makeSites(dice: Dice): SitePlan[] {
  const kinds: SiteKind[] = ['steady', 'steady', 'crowded'];
  for (let count = dice.int(3, 8); count > 0; count--) kinds.push('unruly');
  return kinds.map((kind, index) => ({
    name: `site-${index}`,
    kind,
    // The last one is a domain's own host, without MX.
    hosts: index === kinds.length - 1 ? makeOwnHost(index) : makeHosts(dice, index, kind),
    roundTripMs: kind === 'crowded' ? dice.between(300, 1_000) : dice.between(5, 120),
    tls: dice.chance(0.8),
    recipientsPerTransaction: kind === 'unruly' && dice.chance(0.3) ? dice.int(1, 4) : 1_000,
    smtpUtf8: kind !== 'unruly' || dice.chance(0.7),
    dsn: dice.chance(0.5),
  }));
}

function makeOwnHost(site: number): HostPlan[] {
  return [{ name: IMPLICIT, preference: 0, addresses: [`192.0.${site}.1`] }];
}

function makeHosts(dice: Dice, site: number, kind: SiteKind): HostPlan[] {
  const count = kind === 'unruly' ? dice.int(1, 3) : 1;
  return Array.from({ length: count }, (_, index) => {
    const v4 = `192.0.${site}.${index + 1}`;
    const v6 = `2001:db8:${site}::${index + 1}`;
    return {
      name: `mx${index}.site-${site}.test`,
      preference: dice.pick([10, 10, 20]),
      addresses: dice.pick([[v4], [v6], [v6, v4]]),
    };
  });
}

function makeDomains(dice: Dice, sites: readonly SitePlan[], accounts: readonly AccountPlan[]): DomainPlan[] {
  const domains: DomainPlan[] = [];
  const own = sites.at(-1) as SitePlan;
  for (const [index, site] of sites.entries()) {
    if (site === own) continue;
    const calm = site.kind !== 'unruly';
    for (let count = calm ? 1 : dice.int(1, 3); count > 0; count--) {
      domains.push({
        name: `d${domains.length}.test`,
        mail: 'site',
        site,
        unruly: !calm && dice.chance(0.5),
        mailboxes: index === 0 ? 5 : dice.int(3, 40),
      });
    }
  }
  const extra = (mail: DomainPlan['mail'], name: string) =>
    domains.push({ name, mail, site: own, unruly: false, mailboxes: 3 });
  extra('implicit', IMPLICIT);
  extra('none', 'none.test');
  extra('null-mx', 'null-mx.test');
  for (const { domain } of accounts)
    domains.push({
      name: domain,
      mail: 'site',
      site: dice.pick(sites.slice(0, -1)),
      unruly: false,
      mailboxes: 2,
    });
  return domains;
}
