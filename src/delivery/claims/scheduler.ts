/**
 * Keeps the delivery service supplied: takes what the store hands over, and asks for what is due when there is room.
 * It asks when something is due, when a full destination has drained, or when somebody changed the store; never
 * twice at a time, never in a loop. When nothing is due it sleeps on the alarm until something is.
 *
 * Fairness. The store hands out by account and by age; what is taken into memory can no longer be overtaken. So each
 * destination holds only as much as it sends in a moment (its window, which grows and shrinks with its pace), and no
 * destination more than a share of the room that is left; when memory is nearly full, slow ones give back what they
 * only keep waiting. A thousand slow destinations leave room for the next.
 */
import type { Clock } from '../../platform/clock.ts';
import type { Tasks } from '../../platform/lifecycle.ts';
import type { Claim } from '../../store/records.ts';
import type { Spool } from '../../store/spool.ts';
import type { Alarm } from '../alarm.ts';
import type { Destination } from '../destination-state.ts';
import type { InHand } from './in-hand.ts';
import type { DeliveryLimits } from '../limits.ts';
import type { StoreHealth } from './store-health.ts';

export interface SchedulerPorts {
  readonly spool: Pick<Spool, 'openFeed' | 'claim'>;
  readonly clock: Clock;
  readonly alarm: Alarm;
  readonly health: StoreHealth;
  readonly tasks: Tasks;
  readonly limits: DeliveryLimits;
  readonly admit: (claims: readonly Claim[]) => void;
  /** Gives what waits of the destination back to the store, until so many deliveries are left waiting. */
  readonly shed: (destination: Destination, keepDeliveries: number) => void;
  readonly inHand: Pick<InHand, 'size' | 'destinations'>;
}

/** A destination that drains half of its window faster than this gets a larger one, slower than that a smaller one. */
const FAST_MS = 500;
const SLOW_MS = 2_000;
const LEAST_WINDOW = 20;
/**
 * One destination may hold as much as this share of the room that is left, and one claim takes half of it at most: so
 * that some is left, however many destinations want it.
 */
const SHARE = 1 / 4;
/** With less than this part of all room left, room is made. */
const CROWDED = 1 / 16;
const MAKE_ROOM_EVERY_MS = 1_000;
/** With less room than this it is not worth to ask. */
const LEAST_ROOM = 4;
/** After an answer without claims the store is left alone for a moment, whatever it announces. */
const PAUSE_MS = 20;
/** Things are due but none may be taken: look again, since what falls due later is hidden behind them. */
const BLOCKED_LOOK_MS = 1_000;
/** A clock that is set forward makes things due that a timer would sleep through. */
const LONGEST_SLEEP_MS = 60_000;

export class Scheduler {
  readonly #ports: SchedulerPorts;
  /** Epoch milliseconds: something may be due from then on. */
  #dueAtMs = -Infinity;
  #asking = false;
  #stopped = false;
  /** Monotonic: not asked before. */
  #notBeforeMs = -Infinity;
  #answeredAtMs = -Infinity;
  #madeRoomAtMs = -Infinity;
  #announcedAtMs = Infinity;
  /** Counts the reasons to look at once: the answer under way may not know of the last ones. */
  #reasons = 0;

  constructor(ports: SchedulerPorts) {
    this.#ports = ports;
  }

  start(): void {
    const { spool, limits, admit } = this.#ports;
    spool.openFeed(
      {
        maxDeliveries: limits.feedDeliveries,
        maxDeliveriesPerDestination: limits.feedDeliveriesPerDestination,
        maxContentBytes: limits.maxContentBytes,
      },
      {
        onClaims: (claims) => {
          if (!this.#stopped) admit(claims);
        },
        onBacklog: (dueAtMs) => {
          this.#announcedAtMs = Math.min(this.#announcedAtMs, dueAtMs);
          this.#dueAtMs = Math.min(this.#dueAtMs, dueAtMs);
          this.#notBeforeMs = Math.min(this.#notBeforeMs, this.#answeredAtMs + PAUSE_MS);
          this.ask();
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
  onSettled(destination: Destination): void {
    if (destination.full && destination.inHand * 2 <= destination.window) {
      destination.full = false;
      this.#adapt(destination);
      this.wake();
    } else if (this.#starved()) this.ask();
  }

  /** Asks the store for what is due, if there is a point in it now; else the alarm will. */
  ask(): void {
    const { clock, alarm, health, tasks, limits, inHand } = this.#ports;
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
    if (limits.maxDeliveries - inHand.size < LEAST_ROOM) return;
    this.#asking = true;
    tasks.run(this.#claim());
  }

  async #claim(): Promise<void> {
    const { spool, clock, limits, health, admit, inHand } = this.#ports;
    const room = limits.maxDeliveries - inHand.size;
    const share = Math.max(1, Math.floor(room * SHARE));
    const excluded = this.#exclude(share);
    this.#announcedAtMs = Infinity;
    const reasons = this.#reasons;
    try {
      const { claims, nextDueAtMs } = await spool.claim({
        nowMs: clock.now(),
        limit: Math.min(Math.ceil(room / 2), limits.claimDeliveries),
        limitPerDestination: Math.min(share, limits.claimDeliveriesPerDestination),
        excludedDestinations: excluded,
      });
      this.#dueAtMs = Math.min(nextDueAtMs ?? Infinity, this.#announcedAtMs);
      const pauseMs = claims.length > 0 ? 0 : this.#announcedAtMs === Infinity ? BLOCKED_LOOK_MS : PAUSE_MS;
      this.#answeredAtMs = clock.monotonic();
      this.#notBeforeMs = this.#answeredAtMs + pauseMs;
      if (this.#reasons !== reasons) this.#dueAtMs = this.#notBeforeMs = -Infinity;
      health.succeeded();
      if (claims.length > 0 && !this.#stopped) admit(claims);
    } catch (error) {
      this.#dueAtMs = -Infinity;
      health.failed('claim', error);
    } finally {
      this.#asking = false;
    }
    this.ask();
  }

  /**
   * Memory is nearly full and something is due: slow destinations give back what they only keep waiting, so that each
   * holds the same small part of one half.
   */
  #makeRoom(): void {
    const { clock, limits, inHand, shed } = this.#ports;
    if (limits.maxDeliveries - inHand.size >= limits.maxDeliveries * CROWDED) return;
    const nowMs = clock.monotonic();
    if (nowMs - this.#madeRoomAtMs < MAKE_ROOM_EVERY_MS) return;
    this.#madeRoomAtMs = nowMs;
    const working = [...inHand.destinations.values()].filter((destination) => destination.inHand > 0);
    const keep = Math.max(1, Math.floor(limits.maxDeliveries / (2 * working.length)));
    for (const destination of working) {
      if (destination.inHand <= keep) continue;
      destination.window = Math.min(destination.window, keep);
      shed(destination, keep);
    }
  }

  /** Marks the destinations that hold as much as they may. */
  #exclude(share: number): string[] {
    const { inHand, clock } = this.#ports;
    const excluded: string[] = [];
    for (const destination of inHand.destinations.values()) {
      if (destination.inHand < Math.min(destination.window, share)) continue;
      excluded.push(destination.name);
      if (destination.full) continue;
      destination.full = true;
      destination.fullSinceMs = clock.monotonic();
    }
    return excluded;
  }

  #adapt(destination: Destination): void {
    const { clock, limits } = this.#ports;
    const drainedMs = clock.monotonic() - destination.fullSinceMs;
    if (drainedMs < FAST_MS)
      destination.window = Math.min(destination.window * 2, limits.feedDeliveriesPerDestination);
    else if (drainedMs > SLOW_MS)
      destination.window = Math.max(
        Math.min(destination.window, LEAST_WINDOW),
        Math.floor(destination.window / 2),
      );
  }

  /** There was no room at all, and something is due. */
  #starved(): boolean {
    return !this.#asking && this.#dueAtMs <= this.#ports.clock.now();
  }
}
