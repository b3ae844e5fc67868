/**
 * Routes of recipient domains, looked up once for concurrent requests and kept for as long as DNS allows. Bounded: a number
 * of look-ups at a time, a number of routes in memory, the oldest dropped first. An unknown route is not kept: the
 * destination's back-off decides when to look it up again.
 */
import type { Clock } from '../../platform/clock.ts';
import type { LocalClass } from '../../policy/local-failures.ts';
import type { SiteHost } from './candidates.ts';

/** Where mail for a recipient domain goes, or why it goes nowhere. */
export type Route =
  | RouteHosts
  /** Found out here, and for good: no such domain, no mail wanted, or no way there that may be used. */
  | {
      readonly kind: 'none';
      /** `not-allowed`: there are hosts, but only at addresses that the configuration forbids. */
      readonly found: 'no-such-domain' | 'no-mail-host' | 'null-mx' | 'loop' | 'not-allowed';
      readonly stage: 'dns' | 'policy';
      readonly status: string;
      readonly text: string;
      readonly ttlMs: number;
    }
  /** Could not be asked; `localClass`: for a failure of our own. */
  | { readonly kind: 'unknown'; readonly text: string; readonly localClass?: LocalClass };

export interface RouteHosts {
  readonly kind: 'hosts';
  /** Equal for domains that the same hosts serve in the same order. */
  readonly site: string;
  readonly hosts: readonly SiteHost[];
  readonly ttlMs: number;
}

/** Finds the route of a recipient domain or address literal. Never rejects for what DNS does. */
export type FindRoute = (destination: string) => Promise<Route>;

interface Kept {
  readonly route: Route;
  readonly untilMs: number;
}

export interface RoutesOptions {
  readonly find: FindRoute;
  readonly clock: Clock;
  readonly concurrentLookups: number;
  readonly cachedRoutes: number;
  readonly routeMaxAgeMs: number;
}

export class Routes {
  readonly #options: RoutesOptions;
  readonly #kept = new Map<string, Kept>();
  readonly #underWay = new Map<string, Promise<Route>>();
  readonly #turns: (() => void)[] = [];
  #running = 0;

  constructor(options: RoutesOptions) {
    this.#options = options;
  }

  /** Known and fresh; else `undefined`. */
  known(destination: string): Route | undefined {
    const kept = this.#kept.get(destination);
    if (kept === undefined) return undefined;
    if (this.#options.clock.monotonic() < kept.untilMs) return kept.route;
    this.#kept.delete(destination);
    return undefined;
  }

  /** DNS is asked again the next time: what was known led nowhere. */
  forget(destination: string): void {
    this.#kept.delete(destination);
  }

  forgetAll(): void {
    this.#kept.clear();
  }

  find(destination: string): Promise<Route> {
    let lookup = this.#underWay.get(destination);
    if (lookup === undefined) {
      lookup = this.#lookUp(destination).finally(() => this.#underWay.delete(destination));
      this.#underWay.set(destination, lookup);
    }
    return lookup;
  }

  async #lookUp(destination: string): Promise<Route> {
    const { find, clock, concurrentLookups, cachedRoutes, routeMaxAgeMs } = this.#options;
    if (this.#running >= concurrentLookups) await new Promise<void>((resolve) => this.#turns.push(resolve));
    else this.#running++;
    try {
      const route = await find(destination);
      if (route.kind !== 'unknown') {
        const untilMs = clock.monotonic() + Math.min(route.ttlMs, routeMaxAgeMs);
        this.#kept.delete(destination);
        this.#kept.set(destination, { route, untilMs });
        if (this.#kept.size > cachedRoutes)
          for (const oldest of this.#kept.keys()) {
            this.#kept.delete(oldest);
            break;
          }
      }
      return route;
    } finally {
      // The turn is handed on, so the count stays.
      const next = this.#turns.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

/** What stands for a look-up that never ends. */
export const LOOK_UP_STUCK: Route = {
  kind: 'unknown',
  text: 'the look-up did not end: a fault of this relay',
  localClass: 'local-fault',
};
