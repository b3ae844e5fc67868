/**
 * Supplies the delivery service: takes what the store hands over, and claims due deliveries when there is room: when
 * something is due, when a full destination has drained, or when somebody changed the store; never twice at a time, never
 * in a loop. When nothing is due it sleeps on the alarm.
 *
 * Fairness. The store hands out by account and by age; deliveries in memory can no longer be overtaken. So each destination
 * holds only as much as it sends in a moment (its window, which grows and shrinks with its pace), and no destination more
 * than a share of the free room; when memory is nearly full, slow ones release their queued deliveries. A thousand slow
 * destinations leave room for the next.
 */
import type { Clock } from '../../platform/clock.ts';
import type { OwnedPromises } from '../../platform/lifecycle.ts';
import type { Claim } from '../../store/delivery-records.ts';
import type { Spool } from '../../store/spool.ts';
import type { Alarm } from '../alarm.ts';
import type { ActiveDestination } from '../destination/active-destination.ts';
import type { ClaimedMail } from './claimed-mail.ts';
import type { DeliveryLimits } from '../limits.ts';
import type { StoreHealth } from './store-health.ts';

export interface SchedulerOptions {
  readonly spool: Pick<Spool, 'openFeed' | 'claim'>;
  readonly clock: Clock;
  readonly alarm: Alarm;
  readonly health: StoreHealth;
  readonly background: OwnedPromises;
  readonly limits: DeliveryLimits;
  readonly router: ClaimRouter;
  readonly claimed: Pick<ClaimedMail, 'size' | 'destinations'>;
  readonly waited: WaitedForLimits;
}

/** Destinations that have waited for a limit. Of one that has to wait again all that was claimed goes back: a few show it. */
export interface WaitedForLimits {
  /** The wait of these has just ended. */
  names(): readonly string[];
  /** All that was claimed of it is settled: it has waited, unless it does again. */
  passes(name: string): void;
}

/** Where claims go. */
export interface ClaimRouter {
  admit(claims: readonly Claim[]): void;
  /** Releases what waits of the destination to the store, until so many deliveries are left waiting. */
  shed(destination: ActiveDestination, keepDeliveries: number): void;
  /** Releases what waits with one of these deliveries. */
  recall(deliveryIds: ReadonlySet<number>): void;
}

/**
 * One destination may hold as much as this share of the room that is left, and one claim takes half of it at most: so
 * that some is left, however many destinations want it.
 */
const SHARE = 1 / 4;
/** With less than this part of all room left, room is made. */
const CROWDED = 1 / 16;
const MAKE_ROOM_EVERY_MS = 1_000;
/** Of a destination that has waited for a limit. */
const FEW = 8;
/** With less room than this it is not worth to ask. */
const LEAST_ROOM = 4;
/** After an answer without claims the store is left alone for a moment, whatever it announces. */
const PAUSE_MS = 20;
/** Deliveries are due but none may be taken: look again, since they hide what falls due later. */
const BLOCKED_LOOK_MS = 1_000;
/** Destinations full with bulk of which one claim asks for the rest; the next one asks for the others of them. */
const FIRSTS_AT_ONCE = 20;
const NEXT_FIRSTS_MS = 250;
/** A clock that is set forward makes things due that a timer would sleep through. */
const LONGEST_SLEEP_MS = 60_000;

export class Scheduler {
  readonly #options: SchedulerOptions;
  /** Epoch milliseconds: something may be due from then on. */
  #dueAtMs = -Infinity;
  #asking = false;
  #stopped = false;
  /** Monotonic: not asked before. */
  #notBeforeMs = -Infinity;
  #answeredAtMs = -Infinity;
  #madeRoomAtMs = -Infinity;
  #announcedAtMs = Infinity;
  #firstsFrom = 0;
  /** Counts the reasons to look at once: the answer under way may not know of the last ones. */
  #reasons = 0;
  /** Recalled while claims were under way, which may bring them. */
  #recalled: number[] = [];

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  start(): void {
    const { spool, limits, router } = this.#options;
    spool.openFeed(
      {
        maxDeliveries: limits.feedDeliveries,
        maxDeliveriesPerDestination: limits.feedDeliveriesPerDestination,
        maxContentBytes: limits.maxContentBytes,
      },
      {
        onClaims: (claims) => {
          if (!this.#stopped) router.admit(claims);
        },
        onBacklog: (dueAtMs) => {
          this.#announcedAtMs = Math.min(this.#announcedAtMs, dueAtMs);
          this.#dueAtMs = Math.min(this.#dueAtMs, dueAtMs);
          this.#notBeforeMs = Math.min(this.#notBeforeMs, this.#answeredAtMs + PAUSE_MS);
          this.ask();
        },
        onRecall: (deliveryIds) => {
          if (this.#asking) this.#recalled.push(...deliveryIds);
          else this.#recall(deliveryIds);
        },
      },
    );
    this.ask();
  }

  /** Something outside changed: look now. */
  wake(): void {
    this.#reasons++;
    this.#dueAtMs = -Infinity;
    this.#notBeforeMs = -Infinity;
    this.ask();
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Deliveries of `destination` were settled: there may be room for more of it. */
  onSettled(destination: ActiveDestination): void {
    const { clock, limits } = this.#options;
    const { window, windowOfFirsts } = destination;
    if (destination.claimed === 0) this.#options.waited.passes(destination.name);
    if (window.hasDrained(destination.claimed)) {
      window.reopen(clock.monotonic(), limits.feedDeliveriesPerDestination);
      this.wake();
    } else if (windowOfFirsts.hasDrained(destination.firsts)) {
      windowOfFirsts.reopen(clock.monotonic(), limits.claimDeliveriesPerDestination);
      this.wake();
    } else if (this.#starved()) this.ask();
  }

  onAlarm(): void {
    this.ask();
  }

  onRecovered(): void {
    this.ask();
  }

  /** Gives up what waits here. What is under way ends by itself, and neither changes anything in the store. */
  onLost(): void {
    const { claimed, router } = this.#options;
    for (const destination of [...claimed.destinations.values()]) router.shed(destination, 0);
    this.wake();
  }

  /** Claims due deliveries, if that is useful now; else the alarm does it later. */
  ask(): void {
    const { clock, alarm, health, background, limits, claimed } = this.#options;
    if (this.#asking || this.#stopped) return;
    const waitMs = this.#dueAtMs - clock.now();
    const nowMs = clock.monotonic();
    if (waitMs > 0) {
      if (waitMs !== Infinity) alarm.by(nowMs + Math.min(waitMs, LONGEST_SLEEP_MS));
      return;
    }
    const notBeforeMs = Math.max(this.#notBeforeMs, health.retryAtMs);
    if (nowMs < notBeforeMs) {
      alarm.by(notBeforeMs);
      return;
    }
    this.#makeRoom();
    // Without room it is asked again when something was settled.
    if (limits.maxDeliveries - claimed.size < LEAST_ROOM) return;
    this.#asking = true;
    background.run(this.#claim());
  }

  async #claim(): Promise<void> {
    const { spool, clock, limits, health, router, claimed, waited } = this.#options;
    const few = waited.names();
    const room = limits.maxDeliveries - claimed.size;
    const share = Math.max(1, Math.floor(room * SHARE));
    const { excluded, withoutBulk, others } = this.#full(share, new Set(few));
    this.#announcedAtMs = Infinity;
    const reasons = this.#reasons;
    let claimedNow: readonly Claim[] = [];
    try {
      const { claims, nextDueAtMs } = await spool.claim({
        nowMs: clock.now(),
        limit: Math.min(Math.ceil(room / 2), limits.claimDeliveries),
        limitPerDestination: Math.min(share, limits.claimDeliveriesPerDestination),
        excludedDestinations: excluded,
        ...(withoutBulk.length > 0 && { withoutBulk }),
        ...(few.length > 0 && { few: { destinations: few, limit: FEW } }),
      });
      const othersAtMs = others ? clock.now() + NEXT_FIRSTS_MS : Infinity;
      this.#dueAtMs = Math.min(nextDueAtMs ?? Infinity, this.#announcedAtMs, othersAtMs);
      const pauseMs = claims.length > 0 ? 0 : this.#announcedAtMs === Infinity ? BLOCKED_LOOK_MS : PAUSE_MS;
      this.#answeredAtMs = clock.monotonic();
      this.#notBeforeMs = this.#answeredAtMs + pauseMs;
      if (this.#reasons !== reasons) this.#dueAtMs = this.#notBeforeMs = -Infinity;
      health.succeeded();
      claimedNow = claims;
    } catch (error) {
      this.#dueAtMs = -Infinity;
      health.failed('claim', error);
    }
    if (claimedNow.length > 0 && !this.#stopped) router.admit(claimedNow);
    this.#asking = false;
    this.#recall(this.#recalled.splice(0));
    this.ask();
  }

  #recall(deliveryIds: readonly number[]): void {
    if (deliveryIds.length > 0 && !this.#stopped) this.#options.router.recall(new Set(deliveryIds));
  }

  /**
   * Memory is nearly full and something is due: slow destinations release what they only keep waiting, so that each
   * holds the same small part of one half.
   */
  #makeRoom(): void {
    const { clock, limits, claimed, router } = this.#options;
    if (limits.maxDeliveries - claimed.size >= limits.maxDeliveries * CROWDED) return;
    const nowMs = clock.monotonic();
    if (nowMs - this.#madeRoomAtMs < MAKE_ROOM_EVERY_MS) return;
    this.#madeRoomAtMs = nowMs;
    const working = [...claimed.destinations.values()].filter((destination) => destination.claimed > 0);
    const keep = Math.max(1, Math.floor(limits.maxDeliveries / (2 * working.length)));
    for (const destination of working) {
      if (destination.claimed <= keep) continue;
      destination.window.shrinkTo(keep);
      router.shed(destination, keep);
    }
  }

  /** Marks the destinations that hold as much as they may; what is not bulk has room where bulk alone fills the window. */
  #full(
    share: number,
    few: ReadonlySet<string>,
  ): {
    readonly excluded: readonly string[];
    readonly withoutBulk: readonly string[];
    /** There are more of these. */
    readonly others: boolean;
  } {
    const { claimed, clock } = this.#options;
    const excluded: string[] = [];
    const bulky: ActiveDestination[] = [];
    const nowMs = clock.monotonic();
    for (const destination of claimed.destinations.values()) {
      const isFew = few.has(destination.name);
      const most = Math.min(destination.window.size, share, isFew ? FEW : Infinity);
      if (destination.claimed < most) continue;
      if (isFew) destination.window.holdToFew();
      else destination.window.filled(nowMs);
      if (destination.firsts < Math.min(destination.windowOfFirsts.size, most)) bulky.push(destination);
      else {
        if (destination.firsts < destination.claimed && !isFew) destination.windowOfFirsts.filled(nowMs);
        excluded.push(destination.name);
      }
    }
    if (bulky.length === 0) return { excluded, withoutBulk: [], others: false };
    const from = bulky.length > FIRSTS_AT_ONCE ? this.#firstsFrom % bulky.length : 0;
    const inTurn = [...bulky.slice(from), ...bulky.slice(0, from)];
    this.#firstsFrom = from + FIRSTS_AT_ONCE;
    const names = inTurn.map(({ name }) => name);
    excluded.push(...names.slice(FIRSTS_AT_ONCE));
    return {
      excluded,
      withoutBulk: names.slice(0, FIRSTS_AT_ONCE),
      others: names.length > FIRSTS_AT_ONCE,
    };
  }

  /** There was no room at all, and something is due. */
  #starved(): boolean {
    return !this.#asking && this.#dueAtMs <= this.#options.clock.now();
  }
}
