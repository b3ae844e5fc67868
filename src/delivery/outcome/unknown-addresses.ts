/**
 * Each destination's replies about unknown addresses, watched by the breaker of policy/suppression-breaker.ts. When it
 * opens, recent suppressions by the destination are removed, since they have the same cause; while it is open there are no
 * new ones. Kept in memory, bounded: a restart begins anew.
 */
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { BoundedTable } from '../../platform/bounded-table.ts';
import { afterAnswer, RECENT_MS, type BreakerState } from '../../policy/suppression-breaker.ts';
import type { NewSuppression, Withholding } from '../../store/suppression-records.ts';

const MAX_DESTINATIONS = 10_000;
/** Of one destination; those before stay suppressed. */
const MAX_RECENT = 1_000;

type Suppressed = Pick<NewSuppression, 'accountId' | 'address'> & { readonly atMs: number };

interface Watched {
  readonly breaker: BreakerState;
  /** Suppressed at the destination a short time ago, oldest first. */
  readonly recent: readonly Suppressed[];
}

/** Why there is no suppression. */
export interface Doubt {
  /** To be written with the delivery: the breaker opened with it. */
  readonly withholding: Withholding | undefined;
}

export class UnknownAddresses {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #watched = new BoundedTable<Watched>(MAX_DESTINATIONS);

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** A recipient at `destination` was taken. */
  taken(destination: string): void {
    const watched = this.#watched.get(destination);
    const { state: breaker } = afterAnswer(watched?.breaker, { unknown: false, nowMs: this.#clock.now() });
    this.#watched.set(destination, { breaker, recent: watched?.recent ?? [] });
  }

  /** `address` is unknown there, and is suppressed unless the result gives a reason. */
  unknown(destination: string, accountId: string, address: string): Doubt | undefined {
    const nowMs = this.#clock.now();
    const watched = this.#watched.get(destination);
    const { state: breaker, open, opened } = afterAnswer(watched?.breaker, { unknown: true, nowMs });
    const recent = (watched?.recent ?? []).filter(({ atMs }) => atMs > nowMs - RECENT_MS);
    if (!open) {
      const kept = recent.slice(Math.max(0, recent.length - MAX_RECENT + 1));
      this.#watched.set(destination, { breaker, recent: [...kept, { accountId, address, atMs: nowMs }] });
      return undefined;
    }
    this.#watched.set(destination, { breaker, recent: [] });
    if (!opened) return { withholding: undefined };
    this.#log.warn('a destination suddenly knows hardly any address: none is suppressed for a while', {
      destination,
      until: new Date(breaker.openUntilMs).toISOString(),
      taken_back: recent.length,
    });
    return { withholding: { untilMs: breaker.openUntilMs, withdrawn: recent } };
  }
}
