/**
 * The sites in use, and recent ones: an idle site is kept for a while, with what it learned about pace and dead addresses,
 * until there are too many. Wakes sites that wait for a time, and asks one for a connection where another has none.
 */
import type { Log } from '../../platform/log.ts';
import type { Alarm } from '../alarm.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import { siteKey, type Egress } from '../route/egress.ts';
import { bestHost } from '../../dns/best-host.ts';
import type { RouteHosts } from '../route/routes.ts';
import type { InUse, LimitedPlace } from '../shaping/automatic-limits.ts';
import type { SiteMail } from '../shaping/site-shaping.ts';
import type { OperatorsSuspensions } from '../shaping/suspended.ts';
import { HostMemory } from './host-memory.ts';
import type { SiteOptions } from './site-options.ts';
import { Site, type SiteKeeper, type SiteOutages } from './site.ts';

/** Sites without work or connections that are remembered. */
const MAX_QUIET = 2_000;

export interface SitesOptions extends SiteOptions {
  readonly alarm: Alarm;
  readonly providerOf: (hosts: readonly string[]) => string | undefined;
  readonly outages: SiteOutages;
  readonly log: Log;
}

export class Sites implements SiteKeeper {
  readonly #options: SitesOptions;
  readonly #sites = new Map<string, Site>();
  readonly #hostMemory = new HostMemory();
  /** Nothing was left to do there, the longest ago first. Some are at work again. */
  readonly #quiet = new Set<Site>();
  /** Ticked when the alarm fires. */
  readonly #waking = new Set<Site>();

  constructor(options: SitesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#sites.size;
  }

  get idleConnections(): number {
    let idle = 0;
    for (const site of this.#sites.values()) idle += site.idleConnections;
    return idle;
  }

  /**
   * The site that `route` leads to by `egress`. Mail that requires TLS has connections of its own, where a certificate
   * counts.
   */
  of(route: RouteHosts, egress: Egress, requireTls: boolean, domain: string): Site {
    const { shaping, outages } = this.#options;
    let key = siteKey(route.site, egress, requireTls);
    // Connections are shared by domains that have the same rules for them.
    if (shaping.tellsDomainsApart) key += shaping.siteSuffix(this.#mailOf(route, egress, domain));
    let site = this.#sites.get(key);
    if (site === undefined) {
      const { hosts } = route;
      const mail = this.#mailOf(route, egress, domain);
      const place = this.#placeOf(route, mail);
      const known = this.#hostMemory.of(egress, requireTls);
      const facts = { key, hosts, known, egress, requireTls, mail: { ...mail, place } };
      site = new Site(facts, this.#options, this, outages);
      this.#sites.set(key, site);
    } else {
      site.replace(route.hosts, egress);
    }
    return site;
  }

  /** A smart host that was out of reach, or refused the login, is tried with its settings of now; and so are sources. */
  onSettings(): void {
    for (const site of this.#sites.values()) site.refresh();
    for (const site of this.#sites.values()) {
      if (!site.leavesPlainly) site.backoff.lift();
      site.dispatch();
    }
  }

  /** The store takes outcomes again. */
  onRecovered(): void {
    for (const site of this.#sites.values()) site.dispatch();
  }

  /** More may go to these places than before. */
  onLimits(eased: (place: LimitedPlace) => boolean): void {
    for (const site of this.#sites.values()) {
      if (!eased(site.place)) continue;
      // What it refused was the limit: it is asked again.
      if (site.backoff.lastFailure?.replyCode !== undefined) site.backoff.lift();
      site.dispatch();
    }
  }

  /** Lets go what an operator has suspended. Returns what may leave from another source. */
  letGo(suspended: OperatorsSuspensions): readonly QueueEntry[] {
    const others: QueueEntry[] = [];
    for (const site of this.#sites.values()) {
      const { source } = site.place;
      if (source !== undefined && suspended.source(source) !== undefined) {
        others.push(...site.backlog.drain().flat());
        site.quitIdle();
      } else if (site.waiting > 0) site.letGo((entry) => suspended.holds(entry));
    }
    return others;
  }

  /** What waits at these places may leave from another source. */
  letLeave(isMeant: (place: LimitedPlace) => boolean): readonly QueueEntry[] {
    const others: QueueEntry[] = [];
    for (const site of this.#sites.values())
      if (site.waiting > 0 && site.place.source !== undefined && isMeant(site.place))
        others.push(...site.backlog.drain().flat());
    return others;
  }

  onAlarm(): void {
    const sites = [...this.#waking];
    this.#waking.clear();
    for (const site of sites) site.tick();
  }

  /** Looks at every site where something waits. True: look again. */
  look(): boolean {
    let waiting = false;
    for (const site of this.#sites.values()) {
      if (site.waiting === 0) continue;
      const seen = site.look();
      if (seen.stoodStill)
        this.#options.log.error('a queue stood still: a fault of this relay', { site: site.key });
      waiting ||= seen.waiting;
    }
    return waiting;
  }

  #mailOf(
    { site, hosts }: RouteHosts,
    { route, smartHost, source }: Egress,
    domain: string,
  ): Omit<SiteMail, 'place'> {
    const toRelay = smartHost === undefined ? undefined : `relay:${route}`;
    const mx = toRelay === undefined ? bestHost(hosts) : undefined;
    const provider = mx === undefined ? undefined : this.#options.providerOf([mx]);
    return { domain, site: toRelay ?? site, mx, provider, source: source?.name };
  }

  #placeOf({ hosts }: RouteHosts, { mx, site, provider, source }: Omit<SiteMail, 'place'>): LimitedPlace {
    const names = mx === undefined ? [] : hosts.map(({ name }) => name).filter((name) => name !== mx);
    const others = names.map((name) => ({ mx: name, provider: this.#options.providerOf([name]) }));
    return { hosts: [{ mx: mx ?? site, provider }, ...others], provider, source };
  }

  /** Takes out what waits anywhere and is released. */
  recall(release: (entry: QueueEntry) => boolean): void {
    for (const site of this.#sites.values()) if (site.waiting > 0) site.backlog.recall(release);
  }

  quitIdle(): void {
    for (const site of this.#sites.values()) site.quitIdle();
  }

  destroyAll(): void {
    for (const site of this.#sites.values()) site.destroyAll();
  }

  inUseOf({ provider, source }: Pick<LimitedPlace, 'provider' | 'source'>): InUse {
    let [connections, perMinute] = [0, 0];
    for (const site of this.#sites.values()) {
      if (site.place.provider !== provider || site.place.source !== source) continue;
      const inUse = site.inUse('site');
      connections += inUse.connections;
      perMinute += inUse.perMinute;
    }
    return { connections, perMinute };
  }

  wake(site: Site, atMs: number): void {
    this.#waking.add(site);
    this.#options.alarm.by(atMs);
  }

  /** A site that has an idle connection lets it go. */
  crowded(crowded: Site): void {
    for (const site of this.#waking) if (site !== crowded && site.yieldIdle()) return;
  }

  quiet(site: Site): void {
    this.#quiet.delete(site);
    this.#quiet.add(site);
    if (this.#quiet.size <= MAX_QUIET) return;
    for (const oldest of this.#quiet) {
      this.#quiet.delete(oldest);
      // It reports when it is done.
      if (oldest.waiting > 0 || oldest.openConnections > 0) continue;
      this.#sites.delete(oldest.key);
      this.#options.budget.forget(oldest);
      oldest.shape.forget(oldest);
      return;
    }
  }
}
