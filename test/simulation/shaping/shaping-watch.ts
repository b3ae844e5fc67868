/**
 * Shaping in a world, as its network and its observers have it: the hosts' own limits, the rules that the relay was given,
 * and what is seen of both. A connection is counted by all of them.
 */
import type { Reply } from '../../../src/smtp/reply.ts';
import type { LedgerDelivery } from '../ledger-entries.ts';
import type { Plan } from '../plan.ts';
import type { SitePlan } from '../site-plan.ts';
import type { Promises } from '../promises.ts';
import { IdleWatch } from './idle-watch.ts';
import { LimitWatch } from './limit-watch.ts';
import {
  countOf,
  covers,
  inForce,
  tellsConnectionsApart,
  type PlannedRule,
  type SeenMail,
  type SeenPlace,
} from './planned-rules.ts';
import { ShapedHosts } from './shaped-hosts.ts';
import type { ShapingPlan } from './shaping-plan.ts';

export interface ShapingWatchOptions {
  readonly promises: Promises;
  /** World time. */
  readonly elapsedMs: () => number;
  /** In a fleet: how far clocks are apart. */
  readonly fleetSkewMs?: () => number;
}

/** A connection, from when it is being opened. */
export interface ShapedLink {
  /** The host's refusal of the connection, of MAIL. */
  greeting(): Reply | undefined;
  mail(): Reply | undefined;
  begins(deliveries: readonly LedgerDelivery[]): void;
  ends(): void;
  closed(): void;
}

export class ShapingWatch {
  readonly limits: LimitWatch;
  readonly idle: IdleWatch;
  readonly hosts: ShapedHosts;
  readonly #plan: ShapingPlan;
  readonly #accounts: ReadonlyMap<string, string>;
  readonly #sites: ReadonlyMap<string, SitePlan>;
  /** Rules by which domains of one site have connections of their own. */
  readonly #apart: readonly PlannedRule[];

  constructor(plan: Plan, shaping: ShapingPlan, options: ShapingWatchOptions) {
    const { promises, elapsedMs, fleetSkewMs } = options;
    this.#plan = shaping;
    this.#accounts = new Map(plan.accounts.map(({ id, name }) => [id, name]));
    this.#sites = new Map(shaping.domains.map(({ name, site }) => [name, site]));
    const rules = inForce(shaping.operator, shaping.builtIn);
    this.#apart = rules.filter(tellsConnectionsApart);
    this.hosts = new ShapedHosts(shaping, elapsedMs);
    this.limits = new LimitWatch({ rules, promises, elapsedMs, fleetSkewMs });
    const { limits } = this;
    this.idle = new IdleWatch({ promises, limits, elapsedMs, seen: (delivery) => this.#seen(delivery) });
  }

  get counts(): Readonly<Record<string, number>> {
    return { ...this.limits.counts, ...this.idle.counts, violations: this.hosts.violations.length };
  }

  opened(site: SitePlan): ShapedLink {
    const place = this.#placeOf(site);
    const counted = this.limits.connectionBegins(place);
    const host = this.hosts.opened(site.name);
    const refused = (reply: Reply | undefined) => {
      if (reply !== undefined) this.idle.refused(place);
      return reply;
    };
    return {
      greeting: () => refused(host?.greeting()),
      mail: () => refused(host?.mail()),
      begins: (deliveries) => {
        const [first] = deliveries;
        if (first !== undefined) counted.begins({ ...place, ...this.#mailOf(first) }, deliveries.length);
      },
      ends: () => counted.ends(),
      closed: () => {
        counted.closed();
        host?.closed();
      },
    };
  }

  /** What tells connections for the delivery from others to the same site. */
  connectionsOf(delivery: LedgerDelivery): string {
    const mail = this.#seen(delivery);
    if (mail === undefined) return '';
    return this.#apart.flatMap((rule) => (covers(rule, mail) ? countOf(rule, mail) : [])).join(', ');
  }

  #seen(delivery: LedgerDelivery): SeenMail | undefined {
    const site = this.#sites.get(delivery.destination);
    return site && { ...this.#placeOf(site), ...this.#mailOf(delivery) };
  }

  #placeOf({ name, hosts }: SitePlan): SeenPlace {
    const mx = hosts[0]?.name ?? '';
    const of = this.#plan.providers.find((one) => one.mx.some((part) => mx.endsWith(`.${part}`)));
    return { site: name, mx, provider: of?.name };
  }

  #mailOf({ destination, message: { facts } }: LedgerDelivery) {
    const account = this.#accounts.get(facts.accountId) ?? facts.accountId;
    return { domain: destination, account, stream: facts.stream };
  }
}
