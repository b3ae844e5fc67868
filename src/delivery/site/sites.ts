/**
 * The sites in use, and those that were: a quiet one is kept for a while, with what it learned about pace and dead
 * addresses, until there are too many.
 */
import type { SitePorts } from './site-ports.ts';
import { Site } from './site.ts';
import type { Route } from '../route/routes.ts';

/** Sites without work or connections that are remembered. */
const MAX_QUIET = 2_000;

export class Sites {
  readonly #ports: SitePorts;
  readonly #sites = new Map<string, Site>();
  /** Nothing was left to do there, the longest ago first. Some are at work again. */
  readonly #quiet = new Set<Site>();

  constructor(ports: Omit<SitePorts, 'onQuiet'>) {
    this.#ports = { ...ports, onQuiet: (site) => this.#onQuiet(site) };
  }

  get size(): number {
    return this.#sites.size;
  }

  all(): Iterable<Site> {
    return this.#sites.values();
  }

  /** The site that `route` leads to. Mail that requires TLS has connections of its own, where a certificate counts. */
  of(route: Extract<Route, { kind: 'hosts' }>, requireTls: boolean): Site {
    const key = requireTls ? `${route.site} (TLS required)` : route.site;
    let site = this.#sites.get(key);
    if (site === undefined) {
      site = new Site({ key, hosts: route.hosts, requireTls }, this.#ports);
      this.#sites.set(key, site);
    } else {
      site.hosts.hosts = route.hosts;
    }
    return site;
  }

  dispatchAll(): void {
    for (const site of this.#sites.values()) site.dispatch();
  }

  /** Looks at every site where something waits. True: look again. */
  look(onStoodStill: (site: Site) => void): boolean {
    let waiting = false;
    for (const site of this.#sites.values()) {
      if (site.waiting === 0) continue;
      const seen = site.look();
      if (seen.stoodStill) onStoodStill(site);
      waiting ||= seen.waiting;
    }
    return waiting;
  }

  #onQuiet(site: Site): void {
    this.#quiet.delete(site);
    this.#quiet.add(site);
    if (this.#quiet.size <= MAX_QUIET) return;
    for (const oldest of this.#quiet) {
      this.#quiet.delete(oldest);
      // It says so when it is done.
      if (oldest.waiting > 0 || oldest.openConnections > 0) continue;
      this.#sites.delete(oldest.key);
      this.#ports.budget.forget(oldest);
      return;
    }
  }
}
