/**
 * Brings claims to the sites that serve them: a claim becomes entries, each waits for the route of its destination if that
 * is not known, and is queued at its site. Entries that go nowhere are settled here: suppressed ones, those without a
 * route, and those of a destination in back-off.
 */
import { assert, assertNever } from '../platform/assert.ts';
import type { Clock } from '../platform/clock.ts';
import type { OwnedPromises } from '../platform/lifecycle.ts';
import type { Claim } from '../store/delivery-records.ts';
import { recordWithoutHost } from './attempt/attempt.ts';
import type { ClaimedMail } from './claims/claimed-mail.ts';
import type { ClaimRouter } from './claims/scheduler.ts';
import { LATE_CLAIMS_MS, type ActiveDestination } from './destination/active-destination.ts';
import type { QueueEntry } from './destination/queue-entry.ts';
import type { AttemptOutcomes } from './outcome/attempt-outcomes.ts';
import type { Outages } from './outcome/outages.ts';
import type { Settler } from './outcome/settler.ts';
import type { Site } from './site/site.ts';
import type { Sites } from './site/sites.ts';
import type { LookedAt, Watch } from './watch.ts';
import { DIRECT, type Egress, type SourceChooser } from './route/egress.ts';
import type { Route, RouteHosts, Routes } from './route/routes.ts';
import { Unrouted } from './unrouted.ts';
import { DEFAULT_POOL } from '../policy/egress/source.ts';

export interface RouterOptions {
  readonly clock: Clock;
  readonly background: OwnedPromises;
  readonly claimed: ClaimedMail;
  readonly routes: Routes;
  readonly sites: Sites;
  readonly settler: Settler;
  readonly outages: Outages;
  readonly outcomes: AttemptOutcomes;
  readonly watch: Pick<Watch, 'run'>;
  readonly sources: SourceChooser;
}

/** Each question has its time-out, but look-ups of thousands of dead domains wait for their turn. */
const LONGEST_LOOK_UP_MS = 2 * 3_600_000;

export class Router implements ClaimRouter, LookedAt {
  readonly #options: RouterOptions;
  readonly #unrouted = new Unrouted();
  /** Sites with new entries that were not notified yet. */
  readonly #touched = new Set<Site>();

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** Takes claims over. */
  admit(claims: readonly Claim[]): void {
    const { claimed, settler, outcomes, clock } = this.#options;
    const nowMs = clock.now();
    for (const claim of claims) {
      const { entries, suppressed } = claimed.take(claim);
      if (suppressed !== undefined) settler.settle(suppressed, outcomes.ofSuppressed(suppressed));
      for (const entry of entries) this.#admit(entry, nowMs);
    }
    this.#dispatchTouched();
  }

  /** Releases what waits of `destination` to the store, the youngest first, until `keepDeliveries` wait here. */
  shed(destination: ActiveDestination, keepDeliveries: number): void {
    destination.shed(keepDeliveries);
    for (const entry of this.#unrouted.shed(destination, keepDeliveries))
      this.#options.settler.release(entry);
  }

  /**
   * Settles what has expired while its destination waits for its look-up, maybe behind those of many dead ones. False:
   * the look-ups are watched themselves.
   */
  look(): boolean {
    this.#unrouted.sweep((entry) => this.#options.settler.giveUp(entry));
    return false;
  }

  #admit(entry: QueueEntry, nowMs: number): void {
    const { clock, settler, routes, background } = this.#options;
    const { destination } = entry;
    if (destination.isBlocked(nowMs)) {
      if (destination.mayComeLate(clock.monotonic())) {
        settler.release(entry, nowMs + LATE_CLAIMS_MS);
        return;
      }
      // The store knew of the block and hands it out all the same: an operator wants it tried now.
      destination.lift();
    }
    if (settler.giveUp(entry)) return;
    const route = destination.lookingUp ? undefined : routes.known(destination.name);
    if (route !== undefined) {
      this.#place(entry, route);
      return;
    }
    this.#unrouted.add(entry);
    if (!destination.lookingUp) background.run(this.#lookUp(destination));
  }

  #place(entry: QueueEntry, route: Route): void {
    const { outcomes, sites, settler, outages, clock } = this.#options;
    const { destination } = entry;
    if (route.kind === 'none') {
      settler.settleUntried(entry, outcomes.ofNoRoute(entry, route));
      return;
    }
    assert(route.kind === 'hosts', 'an unknown route is not kept');
    const egress = this.#leave(entry, route);
    if (egress === undefined) return;
    const site = sites.of(route, egress, entry.facts.requireTls);
    destination.servedBy(site);
    if (site.backoff.isBlocked(clock.now())) {
      outages.blockWith(destination, site);
      settler.release(entry);
      return;
    }
    site.backlog.add(entry);
    this.#touched.add(site);
  }

  /** Its way out; `undefined`: it waits for one. */
  #leave(entry: QueueEntry, route: RouteHosts): Egress | undefined {
    const { sources, settler, background } = this.#options;
    const provider = route.hosts[0]?.name ?? route.site;
    const choice = sources.choose({
      pool: DEFAULT_POOL,
      provider,
      messageId: entry.facts.id,
      keepSource: false,
      recipients: entry.deliveries.length,
      except: [],
    });
    switch (choice.kind) {
      case 'leaves': {
        const { source } = choice;
        if (source === undefined) return DIRECT;
        const egress = { ...DIRECT, source, provider };
        entry.leaveBy(egress);
        return egress;
      }
      case 'ask-again':
        if (this.#unrouted.add(entry, choice.when)) background.run(this.#askAgain(choice.when));
        return undefined;
      case 'wait':
        settler.release(entry, choice.untilMs);
        return undefined;
      default:
        return assertNever(choice);
    }
  }

  async #askAgain(when: Promise<void>): Promise<void> {
    await when;
    const nowMs = this.#options.clock.now();
    for (const entry of this.#unrouted.take(when)) this.#admit(entry, nowMs);
    this.#dispatchTouched();
  }

  async #lookUp(destination: ActiveDestination): Promise<void> {
    const { routes, clock, watch, claimed, outages } = this.#options;
    destination.lookUpBegins();
    const atMs = clock.now();
    const startedMs = clock.monotonic();
    const route = await watch.run(routes.find(destination.name), {
      what: 'a look-up',
      host: destination.name,
      longestMs: LONGEST_LOOK_UP_MS,
      breakOff: () => undefined,
      instead: (): Route => ({
        kind: 'unknown',
        text: 'the look-up did not end: a fault of this relay',
        localClass: 'local-fault',
      }),
    });
    destination.lookUpEnds();
    const entries = this.#unrouted.take(destination);
    if (route.kind === 'unknown') {
      const failure = recordWithoutHost({
        atMs,
        durationMs: Math.round(clock.monotonic() - startedMs),
        stage: 'dns',
        status: undefined,
        text: route.text,
        localClass: route.localClass,
      });
      outages.dnsFailed(destination, entries, failure);
    } else {
      if (destination.backoff.failures > 0) outages.destinationWorks(destination);
      for (const entry of entries) this.#place(entry, route);
    }
    claimed.forgetIfDone(destination);
    this.#dispatchTouched();
  }

  #dispatchTouched(): void {
    if (this.#touched.size === 0) return;
    const sites = [...this.#touched];
    this.#touched.clear();
    for (const site of sites) site.dispatch();
  }
}
