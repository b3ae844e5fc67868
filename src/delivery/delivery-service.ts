/**
 * The relaying MTA: takes claims from the spool, signs, finds the hosts, sends, and records the outcomes. It holds no
 * thread and no global, so a test or a simulation runs several in one process, on any clock. RFC 5321 §2.3.10, §5.
 *
 * Promises: at every instant all its deliveries are claimed in the store, so a crash loses nothing and repeats at most the
 * attempts under way and `maxUnsettledPerDestination` outcomes of each destination. Memory is bounded by limits.ts.
 */
import { isAutomatic, isOfRules, suspendedIn } from '../policy/shaping/limit-words.ts';
import { withTimeout, TimeoutError, type Clock } from '../platform/clock.ts';
import type { DeliveryTotals } from './outcome/attempt-log.ts';
import type { DeliveryTimesFigures } from './outcome/delivery-times.ts';
import type { DeliveryOptions } from './delivery-options.ts';
import { TRANSACTION } from './site/transact.ts';
import { deliveryParts, type DeliveryParts } from './delivery-parts.ts';

export interface DeliveryStats {
  /** Deliveries claimed and not settled. */
  readonly claimed: number;
  /** Outcomes that are not durable yet. */
  readonly unwritten: number;
  /** Destinations with claimed deliveries, or failing. */
  readonly destinations: number;
  readonly sites: number;
  /** Connections of all sites, those being opened or closed included. */
  readonly connections: number;
  readonly idleConnections: number;
  /** False while the store takes no outcomes. */
  readonly storeOk: boolean;
  readonly totals: Readonly<DeliveryTotals>;
  readonly times: DeliveryTimesFigures;
}

/** What goes on now for a destination. */
export interface DestinationSession {
  readonly host: string;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  /** A connection is on its way; else a transaction is. */
  readonly opening: boolean;
  /** `undefined`: it does not wait for the remote. */
  readonly waitsFor: { readonly what: string; readonly sinceMs: number } | undefined;
}

export interface DeliveryService {
  /** The longest first, at most `most`, and how many more. */
  sessionsOf(
    destination: string,
    most: number,
  ): { readonly sessions: readonly DestinationSession[]; readonly more: number };
  /** Something outside changed (a message was released, a block lifted): looks at the store now. */
  wake(): void;
  /** Settings were replaced: findings from the old ones are looked up again. */
  settingsChanged(): void;
  /**
   * Starts no further attempt, lets those under way end within `graceMs`, then breaks them off, and writes what is
   * known. What was not settled stays claimed and is free at the next start. May be called once.
   */
  stop(graceMs: number): Promise<void>;
  stats(): DeliveryStats;
}

/** For the last outcomes to be written, after the grace time. */
const FLUSH_MS = 5_000;

export function startDelivery(options: DeliveryOptions): DeliveryService {
  const parts = deliveryParts(options);
  for (const { name, failures } of options.failing ?? []) parts.claimed.remember(name, failures);
  parts.scheduler.start();
  parts.overdue.start();
  lookAtWaits(parts, options.clock);
  return new RunningDelivery(parts, options.clock);
}

/** Limits that the relay before this one had, and that are there no more. */
function lookAtWaits({ storedWaits, shaping, automatic, suspended }: DeliveryParts, clock: Clock): void {
  storedWaits.lookAgain((words) => {
    if (isOfRules(words)) return !shaping.isInForce(words);
    if (isAutomatic(words)) return !automatic.isInForce(words, clock.now());
    return suspendedIn(words).some((name) => suspended.source(name) === undefined);
  });
}

class RunningDelivery implements DeliveryService {
  readonly #parts: DeliveryParts;
  readonly #clock: Clock;

  constructor(parts: DeliveryParts, clock: Clock) {
    this.#parts = parts;
    this.#clock = clock;
  }

  wake(): void {
    this.#parts.scheduler.wake();
  }

  settingsChanged(): void {
    this.#parts.routes.forgetAll();
    this.#parts.smartHosts.forgetAll();
    this.#parts.longWaits.lift();
    this.#parts.shaping.refresh();
    this.#parts.sites.onSettings();
  }

  async stop(graceMs: number): Promise<void> {
    const { shutdown, scheduler, overdue, sites, work, outbox, background, alarm, shaping } = this.#parts;
    shutdown.begin();
    scheduler.stop();
    overdue.stop();
    sites.quitIdle();
    await this.#within(graceMs, work.idle());
    shutdown.abandon();
    sites.destroyAll();
    await this.#within(
      FLUSH_MS,
      work
        .idle()
        .then(() => Promise.all([outbox.empty(), background.idle()]))
        // DSNs that were being written went there last.
        .then(() => outbox.empty()),
    );
    await this.#within(FLUSH_MS, shaping.stop());
    alarm.stop();
  }

  sessionsOf(name: string, most: number): ReturnType<DeliveryService['sessionsOf']> {
    const { claimed, watch } = this.#parts;
    const destination = claimed.destinations.get(name);
    if (destination === undefined) return { sessions: [], more: 0 };
    const found = watch.underWay(name, destination.sites);
    // Monotonic times of this process say nothing to another.
    const aheadMs = this.#clock.now() - this.#clock.monotonic();
    const sessions = found.slice(0, most).map(({ host, what, sinceMs, waitsFor }) => ({
      host,
      sinceMs: sinceMs + aheadMs,
      opening: what !== TRANSACTION,
      waitsFor: waitsFor && { ...waitsFor, sinceMs: waitsFor.sinceMs + aheadMs },
    }));
    return { sessions, more: found.length - sessions.length };
  }

  stats(): DeliveryStats {
    const { claimed, outbox, sites, budget, health, attemptLog } = this.#parts;
    return {
      claimed: claimed.size,
      unwritten: outbox.size,
      destinations: claimed.destinations.size,
      sites: sites.size,
      connections: budget.open,
      idleConnections: sites.idleConnections,
      storeOk: health.ok,
      totals: { ...attemptLog.totals },
      times: attemptLog.times.figures(),
    };
  }

  /** Waits for `work`, but no longer than `limitMs`. */
  async #within(limitMs: number, work: Promise<unknown>): Promise<void> {
    try {
      await withTimeout(this.#clock, limitMs, 'the end of deliveries', work);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    }
  }
}
