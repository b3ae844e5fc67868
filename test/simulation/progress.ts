/**
 * Nobody starves, nothing is kept beyond its time, memory is bounded: promises that need a while to be broken. Asked
 * every few minutes of the world's time. Waits count from when the world became calm: process and disk well, no
 * operator in the way.
 */
import type { Ledger } from './ledger.ts';
import { endOf, type LedgerDelivery } from './ledger-entries.ts';
import { HOUR_MS, MINUTE_MS } from './durations.ts';
import type { Plan } from './plan.ts';
import type { SiteKind, SitePlan } from './site-plan.ts';
import type { RelayProcess } from './relay-process.ts';
import type { RemoteNetwork } from './remote-network.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** A single message to a host that is well; to a slow host that others flood. */
const LONGEST_WAIT_MS: Readonly<Record<SiteKind, number>> = {
  ...{ steady: 2 * MINUTE_MS, crowded: 10 * MINUTE_MS },
  ...{ unruly: Infinity, shaped: Infinity },
};
/** In hand: all addresses of a site, one after the other, then a transaction that stalls, and a queue before it. */
const LONGEST_IN_HAND_MS = 12 * HOUR_MS;
/** In hand at a site with a connection: no time limit is longer than that of the final dot, ten minutes. */
const LONGEST_COMMAND_MS = 12 * MINUTE_MS;
/** In hand at a site without one: a look-up is under way, or its outcome is being written. */
const LONGEST_LOOK_UP_MS = 2 * MINUTE_MS;
/** After the end of a delivery's time. */
const OVERDUE_MS = 3 * HOUR_MS;
/** Something of a destination can be tried, and nothing of it is: longer than the longest attempt takes. */
export const LONGEST_PAUSE_MS = 2 * HOUR_MS;
/** Timers of the whole process. */
const MOST_TIMERS = 8;

export class Progress {
  readonly #plan: Plan;
  readonly #ledger: Ledger;
  readonly #time: SimulatedTime;
  readonly #wellKnown: ReadonlyMap<string, number>;
  readonly #quiet: string;
  readonly #sites: ReadonlyMap<string, SitePlan>;
  readonly #network: Pick<RemoteNetwork, 'trafficOf' | 'open'>;
  /** World time: since then process and disk are well. Infinite while they are not. */
  calmSinceMs = Infinity;
  /** How far the wall clock was set back or forward in all. */
  jumpedMs = 0;
  most = { claimed: 0, waitMs: 0 };
  /** World time of the last look that found it in an operator's hands: the relay's time begins when it is let go. */
  readonly #heldAtMs = new WeakMap<LedgerDelivery, number>();
  readonly #suspendedAtMs = new Map<string, number>();

  constructor(
    plan: Plan,
    ledger: Ledger,
    ports: { readonly time: SimulatedTime; readonly network: Pick<RemoteNetwork, 'trafficOf' | 'open'> },
  ) {
    const { time, network } = ports;
    this.#plan = plan;
    this.#network = network;
    // Unruly domains move from one site to another.
    this.#sites = new Map(plan.domains.filter(({ unruly }) => !unruly).map(({ name, site }) => [name, site]));
    this.#ledger = ledger;
    this.#time = time;
    this.#quiet = plan.accounts.find(({ quiet }) => quiet)?.id ?? '';
    this.#wellKnown = new Map(
      plan.domains
        .filter(({ name, site }) => LONGEST_WAIT_MS[site.kind] < Infinity && !name.startsWith('sender-'))
        .map(({ name, site }) => [name, LONGEST_WAIT_MS[site.kind]]),
    );
  }

  /** `held`: is it in an operator's hands? */
  check(relay: RelayProcess | undefined, held: (delivery: LedgerDelivery) => boolean): void {
    const nowMs = this.#time.elapsedMs;
    for (const delivery of this.#ledger.open) {
      if (held(delivery)) this.#heldAtMs.set(delivery, nowMs);
      this.#checkWait(delivery, nowMs);
      this.#checkEnd(delivery);
    }
    if (relay !== undefined) this.#checkMemory(relay);
  }

  /** `ready`: destinations of which something is due for {@link LONGEST_PAUSE_MS}; `suspended`: those that may not be tried. */
  checkPauses(ready: readonly string[], suspended: readonly string[]): void {
    const nowMs = this.#time.elapsedMs;
    for (const destination of suspended) this.#suspendedAtMs.set(destination, nowMs);
    if (nowMs - this.calmSinceMs < LONGEST_PAUSE_MS) return;
    for (const destination of ready) {
      const settledAtMs = this.#ledger.settledAtMs.get(destination) ?? -Infinity;
      const suspendedAtMs = this.#suspendedAtMs.get(destination) ?? -Infinity;
      this.#ledger.promises.holds(
        nowMs - Math.max(settledAtMs, suspendedAtMs) < LONGEST_PAUSE_MS,
        `deliveries to ${destination} are due, and nobody looks at them`,
      );
    }
  }

  /** A delivery of the quiet account, to a host that is always well, must not wait. */
  #checkWait(delivery: LedgerDelivery, nowMs: number): void {
    const { message, destination } = delivery;
    const longestMs = this.#wellKnown.get(destination);
    if (longestMs === undefined || message.facts.accountId !== this.#quiet || message.facts.via === 'dsn')
      return;
    // Accepted by a clock that was set back before anybody looked, it is due when that time comes again.
    const ageMs = this.#time.nowMs() - message.facts.acceptedAtMs;
    const waitedMs = Math.min(nowMs - Math.max(message.storedAtMs, this.calmSinceMs), ageMs);
    this.most.waitMs = Math.max(this.most.waitMs, waitedMs);
    this.#ledger.promises.holds(
      waitedMs <= longestMs,
      `${delivery.id} to ${destination} has waited ${Math.round(waitedMs / 1_000)} s`,
    );
  }

  /** Nothing is in progress longer than its command's time limit. */
  checkMovement(): void {
    const { limits } = this.#plan;
    // Else somebody may have to wait for a connection that others have.
    if (this.#network.open >= limits.softConnections) return;
    const nowMs = this.#time.elapsedMs;
    for (const { id, destination, claim } of this.#ledger.open) {
      const site = this.#sites.get(destination);
      const traffic = site && this.#network.trafficOf(site);
      if (claim === undefined || traffic === undefined) continue;
      const stillMs = nowMs - Math.max(claim.atMs, this.calmSinceMs, traffic.movedAtMs);
      this.#ledger.promises.holds(
        stillMs <= (traffic.open > 0 ? LONGEST_COMMAND_MS : LONGEST_LOOK_UP_MS),
        `${id} to ${destination} is in hand, and nothing has moved there for ${Math.round(stillMs / 1_000)} s`,
      );
    }
  }

  #checkEnd(delivery: LedgerDelivery): void {
    const nowMs = this.#time.elapsedMs;
    const sinceMs = Math.max(this.calmSinceMs, this.#heldAtMs.get(delivery) ?? -Infinity);
    if (delivery.claim !== undefined) {
      const inHandMs = nowMs - delivery.claim.atMs;
      this.#ledger.promises.holds(
        inHandMs <= LONGEST_IN_HAND_MS,
        `${delivery.id} to ${delivery.destination} has been in hand for ${Math.round(inHandMs / HOUR_MS)} hours`,
      );
    }
    const overdueMs = this.#time.nowMs() - endOf(delivery.message, this.#plan.config.maxAgeMs);
    if (overdueMs <= OVERDUE_MS || this.#getsItsTry(delivery)) return;
    const allowedMs = OVERDUE_MS + this.jumpedMs;
    if (overdueMs <= allowedMs || nowMs - sinceMs <= allowedMs) return;
    this.#ledger.promises.breaks(
      `${delivery.id} to ${delivery.destination} is open ${Math.round(overdueMs / MINUTE_MS)} minutes after its end`,
    );
  }

  /** What a limit has kept from its first try is not given up for its age: shaping/idle-watch.ts sees that it goes. */
  #getsItsTry({ tried, destination, message: { facts } }: LedgerDelivery): boolean {
    const { shaping, config } = this.#plan;
    const endsByAge = facts.expiresAtMs >= facts.acceptedAtMs + config.maxAgeMs;
    return !tried && endsByAge && shaping?.domains.some(({ name }) => name === destination) === true;
  }

  #checkMemory(relay: RelayProcess): void {
    const { limits } = this.#plan;
    const { claimed, sites, destinations } = relay.delivery.stats();
    this.most.claimed = Math.max(this.most.claimed, claimed);
    const holds = (condition: boolean, promise: string) => this.#ledger.promises.holds(condition, promise);
    holds(
      claimed <= limits.maxDeliveries,
      `${claimed} deliveries are claimed, ${limits.maxDeliveries} are allowed`,
    );
    if (relay.port.quiet)
      holds(
        claimed === this.#ledger.hands.size,
        `${claimed} claimed, ${this.#ledger.hands.size} in the ledger`,
      );
    holds(destinations <= this.#plan.domains.length, `${destinations} destinations are remembered`);
    const { shaping, sites: planned } = this.#plan;
    // Domains of one site that have other rules for their connections have them apart.
    const mostSites = 3 * (planned.length + (shaping?.domains.length ?? 0));
    holds(sites <= mostSites, `${sites} sites are remembered`);
    holds(relay.life.pendingTimers <= MOST_TIMERS, `${relay.life.pendingTimers} timers are pending`);
  }
}
