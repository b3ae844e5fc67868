/**
 * Notices when a destination suddenly says "no such user" to nearly everybody. That is a receiving system gone wrong
 * (a directory that is down, a domain being moved), not a list gone bad, and suppressing real people by it could not
 * be undone by anyone who notices. While it lasts, such replies bounce without suppressing.
 */
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';

const WINDOW_MS = 600_000;
/** Fewer of them in a window prove nothing. */
const LEAST_UNKNOWN = 10;
const SUSPICIOUS_SHARE = 0.5;
const MAX_DESTINATIONS = 10_000;

interface Count {
  readonly sinceMs: number;
  taken: number;
  unknown: number;
  warned: boolean;
}

export class UnknownAddresses {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #counts = new Map<string, Count>();

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** A recipient at `destination` was taken. */
  taken(destination: string): void {
    this.#count(destination).taken++;
  }

  /** A recipient is unknown there; false when too many are for that to be believed. */
  believable(destination: string): boolean {
    const count = this.#count(destination);
    count.unknown++;
    const share = count.unknown / (count.unknown + count.taken);
    if (count.unknown <= LEAST_UNKNOWN || share < SUSPICIOUS_SHARE) return true;
    if (!count.warned) {
      count.warned = true;
      this.#log.warn('a destination knows hardly any address, none is suppressed by it', {
        destination,
        unknown: count.unknown,
        taken: count.taken,
      });
    }
    return false;
  }

  #count(destination: string): Count {
    const nowMs = this.#clock.monotonic();
    const known = this.#counts.get(destination);
    if (known !== undefined && nowMs - known.sinceMs < WINDOW_MS) return known;
    this.#counts.delete(destination);
    const count: Count = { sinceMs: nowMs, taken: 0, unknown: 0, warned: false };
    this.#counts.set(destination, count);
    if (this.#counts.size > MAX_DESTINATIONS) {
      const [oldest] = this.#counts.keys();
      if (oldest !== undefined) this.#counts.delete(oldest);
    }
    return count;
  }
}
