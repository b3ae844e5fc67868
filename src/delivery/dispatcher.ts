/**
 * Brings claims to the sites that serve them, and outcomes to the outbox: a claim comes in as parcels, each is routed,
 * queued at its site, tried, concluded, written down, and then forgotten.
 */
import { assert } from '../platform/assert.ts';
import type { Clock } from '../platform/clock.ts';
import type { Tasks } from '../platform/lifecycle.ts';
import { isLeftAlone } from '../policy/retry.ts';
import type { AttemptRecord, Claim, DestinationBlock, NewMessage } from '../store/records.ts';
import { hostTrouble } from './site/after-attempt.ts';
import { recordWithoutHost, type Attempt } from './site/attempt.ts';
import type { AttemptLog } from './outcome/attempt-log.ts';
import type { Conclusion, Conclusions, HostFacts } from './outcome/conclusions.ts';
import type { Destination } from './destination-state.ts';
import type { InHand } from './claims/in-hand.ts';
import { Outages, type OutagePorts } from './outcome/outages.ts';
import type { Parcel } from './claims/parcel.ts';
import type { Route, Routes } from './route/routes.ts';
import type { SettleOutbox } from './claims/settle-outbox.ts';
import type { AttemptEffect } from './site/site-ports.ts';
import type { Site } from './site/site.ts';
import type { Sites } from './site/sites.ts';
import type { Watch } from './watch.ts';

export interface DispatcherPorts extends Pick<OutagePorts, 'clock' | 'random' | 'log'> {
  readonly clock: Clock;
  readonly tasks: Tasks;
  readonly inHand: InHand;
  readonly routes: Routes;
  readonly sites: Sites;
  readonly outbox: SettleOutbox;
  readonly conclusions: Conclusions;
  readonly attemptLog: AttemptLog;
  readonly watch: Pick<Watch, 'run'>;
  /** Deliveries of the destination were settled. */
  readonly onSettled: (destination: Destination) => void;
}

/** Claims made before a block was written may come this long after it; they say nothing about the block. */
const LATE_CLAIMS_MS = 1_000;

/** Each question has its time-out, but look-ups of thousands of dead domains wait for their turn. */
const LONGEST_LOOK_UP_MS = 2 * 3_600_000;

export class Dispatcher {
  readonly outages: Outages;
  readonly #ports: DispatcherPorts;
  readonly #touched = new Set<Site>();

  constructor(ports: DispatcherPorts) {
    this.#ports = ports;
    this.outages = new Outages({
      ...ports,
      block: (block) => ports.outbox.block(block),
      finish: (parcel, conclusion) => this.#finishUntried(parcel, conclusion),
      sendBack: (parcel) => this.#sendBack(parcel),
      forgetRoute: (destination) => ports.routes.forget(destination.name),
      onCleared: (destination) => ports.inHand.forgetIfDone(destination),
    });
  }

  /** Takes claims over. */
  admit(claims: readonly Claim[]): void {
    const nowMs = this.#ports.clock.now();
    for (const claim of claims) {
      const { parcels, suppressed } = this.#ports.inHand.take(claim);
      if (suppressed !== undefined)
        this.#finish(suppressed, this.#ports.conclusions.ofSuppressed(suppressed));
      for (const parcel of parcels) this.#admit(parcel, nowMs);
    }
    this.#dispatchTouched();
  }

  /** Settles the parcel as expired when its time is over. */
  giveUp(parcel: Parcel): boolean {
    const { destination } = parcel;
    if (!this.#ports.conclusions.isGivenUp(parcel, destination.inTrouble)) return false;
    const { lastFailure } = destination;
    if (lastFailure === undefined) {
      this.#countUnsettled(parcel);
      this.#ports.tasks.run(this.#expire(parcel));
    } else this.#expired(parcel, Array(parcel.deliveries.length).fill(lastFailure));
    return true;
  }

  /** Settles what has expired while its destination waits for its look-up, maybe behind those of many dead ones. */
  sweep(): void {
    for (const { unrouted } of this.#ports.inHand.destinations.values())
      if (unrouted.length > 0) unrouted.push(...unrouted.splice(0).filter((parcel) => !this.giveUp(parcel)));
  }

  /** Settles what `attempt` answered; what it left open goes on at once, in the queue or at the next host. */
  conclude(site: Site, parcel: Parcel, attempt: Attempt, facts: HostFacts): AttemptEffect {
    const conclusion = this.#ports.conclusions.ofAttempt(parcel, attempt, facts);
    this.#ports.attemptLog.tried(parcel, attempt, conclusion);
    parcel.destination.hostTrouble = hostTrouble(attempt);
    if (conclusion.delivered) this.outages.destinationWorks(parcel.destination);
    return { ...conclusion, ...this.#divide(site, parcel, conclusion, attempt.remote.host) };
  }

  /** None of the hosts that are left could be asked. */
  concludeRound(parcel: Parcel, failures: readonly AttemptRecord[]): void {
    this.#finishUntried(parcel, this.#ports.conclusions.ofRound(parcel, failures));
  }

  #divide(
    site: Site,
    parcel: Parcel,
    conclusion: Conclusion,
    host: string,
  ): Pick<AttemptEffect, 'nextHost' | 'outOfStep'> {
    const { again, onward } = conclusion;
    if (again.length === 0 && onward.size === 0) {
      this.#finish(parcel, conclusion);
      return { nextHost: undefined, outOfStep: false };
    }
    const goesTo = (index: number) => onward.get(index)?.to ?? (again.includes(index) ? 'queue' : 'store');
    const part = (place: ReturnType<typeof goesTo>) =>
      parcel.deliveries.filter((_delivery, index) => goesTo(index) === place);
    const told = new Map(parcel.round?.told);
    for (const [index, one] of onward) {
      const delivery = parcel.deliveries[index];
      if (delivery !== undefined) told.set(delivery.deliveryId, one.told);
    }
    const hosts = new Set(parcel.round?.hosts);
    const queued = part('queue');
    if (queued.length > 0) site.putBack({ ...parcel, deliveries: queued, history: [] });
    const renewed = part('new-session');
    if (renewed.length > 0)
      site.putBack({
        ...{ ...parcel, deliveries: renewed, history: [], retried: true },
        round: { hosts, told },
      });
    const settled = part('store');
    if (settled.length > 0) this.#finish({ ...parcel, deliveries: settled }, conclusion);
    const nextHost = part('next-host');
    return {
      outOfStep: renewed.length > 0,
      nextHost:
        nextHost.length === 0
          ? undefined
          : {
              ...parcel,
              deliveries: nextHost,
              history: [],
              round: { hosts: new Set([...hosts, host]), told },
            },
    };
  }

  /** Gives what waits of `destination` back to the store, the youngest first, until `keepDeliveries` wait here. */
  shed(destination: Destination, keepDeliveries: number): void {
    for (const site of destination.sites)
      for (const parcel of site.queue.shed(destination, keepDeliveries)) this.#sendBack(parcel);
    for (const parcel of destination.unrouted.splice(keepDeliveries)) this.#sendBack(parcel);
  }

  /** The store has written these blocks: from now on it hands out nothing of them. */
  onBlocked(blocks: readonly DestinationBlock[]): void {
    for (const { destination, untilMs } of blocks) {
      const known = this.#ports.inHand.destinations.get(destination);
      if (known?.blockedUntilMs === untilMs) known.blockWrittenAtMs = this.#ports.clock.monotonic();
    }
  }

  #admit(parcel: Parcel, nowMs: number): void {
    const { destination } = parcel;
    if (isLeftAlone(destination.blockedUntilMs, nowMs)) {
      if (this.#ports.clock.monotonic() < destination.blockWrittenAtMs + LATE_CLAIMS_MS) {
        this.#sendBack(parcel, nowMs + LATE_CLAIMS_MS);
        return;
      }
      // The store knew of the block and hands it out all the same: an operator wants it tried now.
      destination.lift();
    }
    if (this.giveUp(parcel)) return;
    const route = destination.lookingUp ? undefined : this.#ports.routes.known(destination.name);
    if (route !== undefined) {
      this.#place(parcel, route);
      return;
    }
    destination.unrouted.push(parcel);
    if (!destination.lookingUp) this.#ports.tasks.run(this.#lookUp(destination));
  }

  #place(parcel: Parcel, route: Route): void {
    const { conclusions, sites, clock } = this.#ports;
    const { destination } = parcel;
    if (route.kind === 'none') {
      this.#finishUntried(parcel, conclusions.ofNoRoute(parcel, route));
      return;
    }
    assert(route.kind === 'hosts', 'an unknown route is not kept');
    const site = sites.of(route, parcel.facts.requireTls);
    destination.sites.add(site);
    if (site.backoff.isBlocked(clock.now())) {
      this.outages.blockWith(destination, site);
      this.#sendBack(parcel);
      return;
    }
    site.queue.push(parcel);
    this.#touched.add(site);
  }

  async #lookUp(destination: Destination): Promise<void> {
    const { routes, clock, watch, inHand } = this.#ports;
    destination.lookingUp = true;
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
    destination.lookingUp = false;
    const parcels = destination.unrouted.splice(0);
    if (route.kind === 'unknown') {
      const durationMs = Math.round(clock.monotonic() - startedMs);
      const failure = recordWithoutHost({
        atMs,
        durationMs,
        stage: 'dns',
        status: undefined,
        text: route.text,
        localClass: route.localClass,
      });
      this.outages.dnsFailed(destination, parcels, failure);
    } else {
      if (destination.backoff.failures > 0) this.outages.destinationWorks(destination);
      for (const parcel of parcels) this.#place(parcel, route);
    }
    inHand.forgetIfDone(destination);
    this.#dispatchTouched();
  }

  #sendBack(parcel: Parcel, dueAtMs?: number): void {
    if (!this.giveUp(parcel)) this.#finish(parcel, this.#ports.conclusions.ofPutBack(parcel, dueAtMs));
  }

  /** The destination does not fail: what is kept of the parcel's own attempts is told. */
  async #expire(parcel: Parcel): Promise<void> {
    this.#expired(parcel, await this.#ports.conclusions.lastAttempts(parcel));
  }

  #expired(parcel: Parcel, lastFailures: readonly (AttemptRecord | undefined)[]): void {
    this.#finishUntried(parcel, this.#ports.conclusions.ofExpired(parcel, lastFailures));
  }

  #finishUntried(parcel: Parcel, conclusion: Conclusion): void {
    this.#ports.attemptLog.untried(parcel, conclusion);
    this.#finish(parcel, conclusion);
  }

  /** From here on the parcel waits for the store only. */
  #finish(parcel: Parcel, { settlements, notices }: Conclusion): void {
    this.#countUnsettled(parcel);
    this.#ports.attemptLog.settled(settlements);
    if (notices.length === 0) this.#settle(parcel, settlements, []);
    else this.#ports.tasks.run(this.#tell(parcel, settlements, notices));
  }

  async #tell(
    parcel: Parcel,
    settlements: Conclusion['settlements'],
    notices: Conclusion['notices'],
  ): Promise<void> {
    this.#settle(parcel, settlements, await this.#ports.conclusions.write(notices));
  }

  #settle(parcel: Parcel, settlements: Conclusion['settlements'], notices: readonly NewMessage[]): void {
    this.#ports.outbox.add({ settlements, notices, onWritten: () => this.#onWritten(parcel) });
  }

  #countUnsettled(parcel: Parcel): void {
    if (parcel.underWay) return;
    parcel.underWay = true;
    parcel.destination.unsettled += parcel.deliveries.length;
  }

  #onWritten(parcel: Parcel): void {
    const { inHand, onSettled } = this.#ports;
    const { destination } = parcel;
    inHand.giveBack(parcel);
    onSettled(destination);
    destination.dispatch();
    inHand.forgetIfDone(destination);
  }

  #dispatchTouched(): void {
    if (this.#touched.size === 0) return;
    const sites = [...this.#touched];
    this.#touched.clear();
    for (const site of sites) site.dispatch();
  }
}
