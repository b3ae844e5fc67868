/**
 * What the delivery service remembers of a destination (a recipient domain) while it has work for it, and of one
 * that failed until it works again: how much of it is in hand, whether it may be tried, and why not.
 */
import type { AttemptRecord } from '../store/records.ts';
import { destinationBackoffMs, isLeftAlone } from '../policy/retry.ts';
import type { Parcel } from './claims/parcel.ts';
import type { Site } from './site/site.ts';

/** Failures in a row of something that failed as a whole: a domain's DNS, or every host of a site. */
export class Backoff {
  failures = 0;
  /** Epoch milliseconds; not tried before. */
  untilMs = -Infinity;
  /** The last failure, for those that expire while it lasts. */
  lastFailure: AttemptRecord | undefined;
  /** All of that try, an attempt for each address; empty when every message tells of it by itself. */
  lastTry: readonly AttemptRecord[] = [];

  /**
   * Returns the time of the next try. `tried`: what to keep of this one. `carried`: failures before those it counted itself. `random` in [0, 1). One of our
   * own says nothing of the destination: it is waited for, for as long as after a first failure, and does not count.
   */
  fail(
    failure: AttemptRecord,
    tried: readonly AttemptRecord[],
    { nowMs, random, carried }: { readonly nowMs: number; readonly random: number; readonly carried: number },
  ): number {
    const before = Math.max(this.failures, carried);
    const isOurs = failure.localClass !== undefined;
    this.failures = isOurs ? Math.max(before, 1) : before + 1;
    this.lastFailure = failure;
    this.lastTry = tried;
    this.untilMs = nowMs + destinationBackoffMs(isOurs ? 1 : this.failures, random);
    return this.untilMs;
  }

  isBlocked(nowMs: number): boolean {
    return isLeftAlone(this.untilMs, nowMs);
  }

  /** An operator wants a try now; the failures are remembered. */
  lift(): void {
    this.untilMs = -Infinity;
  }

  clear(): void {
    this.failures = 0;
    this.untilMs = -Infinity;
    this.lastFailure = undefined;
    this.lastTry = [];
  }
}

export class Destination {
  /** Recipient domain in A-label form, or an address literal. */
  readonly name: string;
  /** Failures of its DNS. */
  readonly backoff = new Backoff();
  /** Failures in a row that the store knew of when this process began: the back-off goes on from there. */
  carriedFailures = 0;
  /** What the last transaction with it found, when its host was in a bad way. */
  hostTrouble: AttemptRecord | undefined;
  /** Tries that failed for all of it, since it is remembered here. */
  tries = 0;
  /** Deliveries claimed and not settled. */
  inHand = 0;
  /** Of those, under way or with an outcome that is not durable yet. */
  unsettled = 0;
  /** Where its parcels are queued: one site, and another when its route changed or some of them require TLS. */
  readonly sites = new Set<Site>();
  /** Waiting for its look-up. */
  readonly unrouted: Parcel[] = [];
  lookingUp = false;
  /** What the store was told, or is being told: nothing is claimed before (epoch milliseconds). */
  blockedUntilMs = -Infinity;
  /**
   * Monotonic: since then the store knows of the block, and a claim that comes all the same means that somebody lifted
   * it. Infinite while it is not written.
   */
  blockWrittenAtMs = Infinity;
  /** Deliveries that it may hold in memory, see scheduler.ts. */
  window: number;
  /** It holds as much; nothing of it is claimed until it has drained. */
  full = false;
  fullSinceMs = -Infinity;

  constructor(name: string, window: number) {
    this.name = name;
    this.window = window;
  }

  /** Worth remembering although nothing of it is in hand. */
  get failing(): boolean {
    return this.backoff.failures > 0 || this.carriedFailures > 0 || this.blockedUntilMs !== -Infinity;
  }

  /** Whatever is tried of it comes to nothing: what waits may as well have been tried. */
  get inTrouble(): boolean {
    return this.failing || this.hostTrouble !== undefined;
  }

  /** Why it fails, when it does. */
  get lastFailure(): AttemptRecord | undefined {
    if (this.backoff.lastFailure !== undefined) return this.backoff.lastFailure;
    for (const site of this.sites)
      if (site.backoff.lastFailure !== undefined) return site.backoff.lastFailure;
    return this.hostTrouble;
  }

  /** It may have more under way: its sites are called, each first in its turn; not `except`, which goes on by itself. */
  dispatch(except?: Site): void {
    const [first] = this.sites;
    if (first !== undefined && this.sites.size > 1) {
      this.sites.delete(first);
      this.sites.add(first);
    }
    for (const site of this.sites) if (site !== except) site.dispatch();
  }

  /** Tried again at once, together with the sites that serve it. */
  lift(): void {
    this.blockedUntilMs = -Infinity;
    this.blockWrittenAtMs = Infinity;
    this.backoff.lift();
    for (const site of this.sites) site.backoff.lift();
  }
}
