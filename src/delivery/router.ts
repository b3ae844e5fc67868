/**
 * Brings claims to the sites that serve them: a claim becomes entries, each follows its route, waits for the look-up of its
 * destination if that is needed and not known, and is queued at the site of its way out (ways-out.ts). Entries that go nowhere
 * are settled here: suppressed ones, those that a route keeps or that have none, and those whose way is in back-off.
 */
import { assertNever } from '../platform/assert.ts';
import type { Clock } from '../platform/clock.ts';
import type { OwnedPromises } from '../platform/lifecycle.ts';
import type { FallbackCause, RouteRule } from '../policy/egress/route-rules.ts';
import { DESTINATION_BACKOFF_FIRST_MS } from '../policy/retry.ts';
import type { Claim } from '../store/delivery-records.ts';
import { recordOfDns, recordOfOwn } from './attempt/attempt.ts';
import type { ClaimedMail } from './claims/claimed-mail.ts';
import type { ClaimRouter } from './claims/scheduler.ts';
import { LATE_CLAIMS_MS, type ActiveDestination } from './destination/active-destination.ts';
import type { QueueEntry } from './destination/queue-entry.ts';
import { localTrouble } from './content/local-trouble.ts';
import type { AttemptOutcomes } from './outcome/attempt-outcomes.ts';
import { discardedByRoute, heldByRoute } from './outcome/by-route.ts';
import type { OtherWays, Outages } from './outcome/outages.ts';
import type { Settler } from './outcome/settler.ts';
import { ruleFor } from './route/rule-for.ts';
import { DIRECT } from './route/egress.ts';
import type { RouteTable } from './route/route-table.ts';
import { LOOK_UP_STUCK, type Route, type Routes } from './route/routes.ts';
import type { Site } from './site/site.ts';
import type { OperatorsSuspensions } from './shaping/suspended.ts';
import type { Sites } from './site/sites.ts';
import { settleWithoutWay } from './no-way.ts';
import { recallOf, Unrouted } from './unrouted.ts';
import type { LookedAt, Watch } from './watch.ts';
import type { WayOut, WaysOut } from './ways-out.ts';

export interface RouterOptions {
  readonly clock: Clock;
  readonly background: OwnedPromises;
  readonly claimed: ClaimedMail;
  readonly table: RouteTable;
  readonly ways: WaysOut;
  readonly routes: Routes;
  readonly settler: Settler;
  readonly outages: Outages;
  readonly outcomes: AttemptOutcomes;
  readonly watch: Pick<Watch, 'run'>;
  readonly suspended: Pick<OperatorsSuspensions, 'holds' | 'refresh'>;
  readonly sites: Pick<Sites, 'recall'>;
}

/** Each question has its time-out, but look-ups of thousands of dead domains wait for their turn. */
const LONGEST_LOOK_UP_MS = 2 * 3_600_000;
const NO_REASON = 'the route gives no reason';

export class Router implements ClaimRouter, LookedAt, OtherWays {
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

  /** Releases what waits here or at a site, for an operator who wants something else of it. What is under way goes on. */
  recall(deliveryIds: ReadonlySet<number>): void {
    const release = recallOf(deliveryIds, this.#options.settler);
    this.#unrouted.sweep(release);
    this.#options.sites.recall(release);
  }

  /**
   * Settles what has expired while its destination waits for its look-up, maybe behind those of many dead ones. False:
   * the look-ups are watched themselves.
   */
  look(): boolean {
    this.#unrouted.sweep((entry) => this.#options.settler.giveUp(entry));
    return false;
  }

  /** The site that it waited at is out of reach, or (`refused`) its way does not take it: it goes on by another, or is settled. */
  goOn(entry: QueueEntry, refused?: FallbackCause): void {
    if (refused !== undefined) entry.refuse(refused);
    this.#options.ways.leave(entry, entry.egress);
    entry.leaveBy(DIRECT);
    entry.leaveSite();
    this.#follow(entry);
  }

  /** What went on can start. */
  wentOn(): void {
    this.#dispatchTouched();
  }

  leavesOneWay({ name }: ActiveDestination): boolean {
    return this.#options.table.leavesOneWay(name, this.#options.routes.known(name));
  }

  #admit(entry: QueueEntry, nowMs: number): void {
    const { clock, settler, suspended } = this.#options;
    const { destination } = entry;
    // Also what the store hands out although its destination is left alone.
    if (settler.giveUp(entry)) return;
    if (destination.isBlocked(nowMs)) {
      if (destination.mayComeLate(clock.monotonic())) {
        settler.release(entry, nowMs + LATE_CLAIMS_MS);
        return;
      }
      // The store knew of the block and hands it out all the same: an operator wants it tried now.
      destination.lift();
    }
    // It was resumed, or came before the suspension was written: released unread it would come back at once.
    if (suspended.holds(entry)) this.#waitFor(entry, suspended.refresh());
    else this.#follow(entry);
  }

  /** By its route; to where its MX hosts are, if that is known. */
  #follow(entry: QueueEntry): void {
    const { destination } = entry;
    this.#route(entry, destination.lookingUp ? undefined : this.#options.routes.known(destination.name));
  }

  #route(entry: QueueEntry, mx: Route | undefined): void {
    const { table, ways, clock, suspended, settler } = this.#options;
    if (suspended.holds(entry)) {
      settler.release(entry);
      return;
    }
    const rule = ruleFor(entry, table, mx, clock.now());
    if (rule === 'direct') this.#take(entry, ways.find(entry, undefined, mx));
    else if (rule instanceof Promise) this.#waitFor(entry, rule);
    else if (rule === 'look-up') this.#waitForHosts(entry);
    else if (rule?.action === 'hold' || rule?.action === 'discard' || rule?.action === 'reject')
      this.#keep(entry, rule);
    else this.#take(entry, ways.find(entry, rule, mx));
  }

  #keep(entry: QueueEntry, { name, action, reason = NO_REASON }: RouteRule): void {
    const { settler, outcomes, clock } = this.#options;
    entry.leaveBy({ ...DIRECT, route: name });
    if (action === 'reject') settler.settleUntried(entry, outcomes.ofRejected(entry, reason));
    else
      settler.settleUntried(
        entry,
        (action === 'hold' ? heldByRoute : discardedByRoute)(entry, reason, clock.now()),
      );
  }

  #take(entry: QueueEntry, way: WayOut): void {
    const { settler, outcomes } = this.#options;
    switch (way.kind) {
      case 'site':
        if (this.#isTooMany(entry, way)) return;
        if ((way.egress.tokens?.recipients ?? Infinity) < entry.deliveries.length) {
          this.#split(entry, way);
          return;
        }
        entry.leaveBy(way.egress, way.site.shape);
        entry.destination.servedBy(way.site);
        way.site.backlog.add(entry);
        this.#touched.add(way.site);
        return;
      case 'look-up':
        this.#waitForHosts(entry);
        return;
      case 'ask-again':
        this.#waitFor(entry, way.when);
        return;
      case 'no-route':
        settler.settleUntried(entry, outcomes.ofNoRoute(entry, way.route));
        return;
      case 'none':
        settleWithoutWay(entry, way, {
          ...{ settler, outcomes, outages: this.#options.outages },
          leavesOneWay: this.leavesOneWay(entry.destination),
        });
        return;
      default:
        assertNever(way);
    }
  }

  /** Of a source in warm-up there are tokens for some of its recipients: the others look for a way of their own. */
  #split(entry: QueueEntry, way: Extract<WayOut, { kind: 'site' }>): void {
    const [some, others] = entry.split(way.egress.tokens?.recipients ?? 0);
    this.#take(some, way);
    this.#follow(others);
  }

  /** More recipients than a transaction may have there: the others look for a way of their own. */
  #isTooMany(entry: QueueEntry, { site, egress }: Extract<WayOut, { kind: 'site' }>): boolean {
    const most = entry.deliveries.length === 1 ? 1 : site.shape.recipientsOf(entry);
    if (entry.deliveries.length <= most) return false;
    this.#options.ways.leave(entry, egress);
    for (const part of entry.split(most)) this.#follow(part);
    return true;
  }

  #waitFor(entry: QueueEntry, when: Promise<void>): void {
    if (this.#unrouted.add(entry, when)) this.#options.background.run(this.#askAgain(when));
  }

  async #askAgain(when: Promise<void>): Promise<void> {
    const { settler } = this.#options;
    const trouble = await when.then(
      () => undefined,
      (error: unknown) => localTrouble(error),
    );
    for (const entry of this.#unrouted.take(when)) {
      if (settler.giveUp(entry)) continue;
      if (trouble === undefined) this.#follow(entry);
      else this.#unanswered(entry, trouble);
    }
    this.#dispatchTouched();
  }

  /** The question was this relay's own, and so is the failure. */
  #unanswered(entry: QueueEntry, trouble: ReturnType<typeof localTrouble>): void {
    const { clock, settler, outcomes } = this.#options;
    const atMs = clock.now();
    const untilMs = atMs + DESTINATION_BACKOFF_FIRST_MS;
    settler.settleUntried(entry, outcomes.ofNoWay(entry, recordOfOwn(trouble, atMs), untilMs));
  }

  #waitForHosts(entry: QueueEntry): void {
    const { background, clock, settler, outcomes } = this.#options;
    const { destination } = entry;
    const { backoff } = destination;
    // Its DNS did not answer a moment ago, and other mail of the domain does without.
    if (backoff.lastFailure !== undefined && backoff.isBlocked(clock.now())) {
      settler.settleUntried(entry, outcomes.ofSilentDns(entry, backoff.lastFailure, backoff.untilMs));
      return;
    }
    this.#unrouted.add(entry);
    if (!destination.lookingUp) background.run(this.#lookUp(destination));
  }

  async #lookUp(destination: ActiveDestination): Promise<void> {
    const { routes, clock, watch, claimed, outages } = this.#options;
    destination.lookUpBegins();
    const atMs = clock.now();
    const startedMs = clock.monotonic();
    const route = await watch.run(routes.find(destination.name), {
      what: 'a look-up',
      ...{ host: destination.name, of: { destination: destination.name } },
      longestMs: LONGEST_LOOK_UP_MS,
      breakOff: () => undefined,
      instead: () => LOOK_UP_STUCK,
    });
    destination.lookUpEnds();
    const entries = this.#unrouted.take(destination);
    if (route.kind === 'unknown') {
      const durationMs = Math.round(clock.monotonic() - startedMs);
      outages.dnsFailed(destination, entries, recordOfDns(route, atMs, durationMs));
    } else {
      if (destination.backoff.failures > 0) outages.destinationWorks(destination);
      for (const entry of entries) this.#route(entry, route);
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
