/**
 * Entries that wait for a limit for long, on their way back to the store: untried, still `queued`, with the limit in words
 * and a time. Where nothing of a destination may go the destination waits as a whole, for ten minutes at most, then it is
 * looked at again; else each delivery has a time of its own: when the limit has room again, or as long after it as it has to wait for
 * others (looks-ahead.ts). The times are promises of the limit: no more comes back than may go.
 */
import type { Clock } from '../../platform/clock.ts';
import { DESTINATION_BACKOFF_MAX_MS } from '../../policy/retry.ts';
import type { SettleOutbox } from '../claims/settle-outbox.ts';
import type { ActiveDestination } from '../destination/active-destination.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import type { LimitedPlace } from './automatic-limits.ts';
import { LooksAhead } from './looks-ahead.ts';
import type { Wait } from './site-shaping.ts';

export interface LongWaitsOptions {
  readonly clock: Clock;
  readonly outbox: Pick<SettleOutbox, 'block'>;
  readonly settler: { release(entry: QueueEntry, dueAtMs?: number, waitsFor?: string): void };
}

/** Who knows the ways of a destination. */
export interface WaysKnown {
  leavesOneWay(destination: ActiveDestination): boolean;
}

const LONGEST_BLOCK_MS = DESTINATION_BACKOFF_MAX_MS;
/** Those that are remembered, to be called when limits change. */
const MOST_BLOCKED = 20_000;

export class LongWaits {
  readonly #options: LongWaitsOptions;
  readonly #blocked = new Map<string, { readonly untilMs: number; readonly place: LimitedPlace }>();
  readonly #looks = new LooksAhead();
  #ways: WaysKnown | undefined;

  constructor(options: LongWaitsOptions) {
    this.#options = options;
  }

  asks(ways: WaysKnown): void {
    this.#ways = ways;
  }

  /** `entries` wait at a site, all of one destination. */
  hold(
    entries: readonly QueueEntry[],
    { ms, limit }: Wait,
    { leavesPlainly, place }: { readonly leavesPlainly: boolean; readonly place: LimitedPlace },
  ): void {
    const { clock, settler } = this.#options;
    const { destination, bulk = false } = entries[0] ?? {};
    if (destination === undefined || limit === undefined) return;
    const nowMs = clock.now();
    const startMs = clock.monotonic();
    const ofAll = !limit.ofSender && leavesPlainly && this.#ways?.leavesOneWay(destination) !== false;
    if (ofAll) {
      if (!destination.isBlocked(nowMs)) {
        const waitMs = limit.promise(startMs, entries.length, startMs + LONGEST_BLOCK_MS, bulk) - startMs;
        const untilMs = nowMs + Math.min(Math.max(ms, waitMs), LONGEST_BLOCK_MS);
        this.#block(destination, untilMs, limit.words, place);
      }
      for (const entry of entries) settler.release(entry);
      return;
    }
    for (const entry of entries) {
      const latestMs = startMs + this.#looks.next(startMs);
      const waitMs = limit.promise(startMs, 1, latestMs, entry.bulk) - startMs;
      settler.release(entry, nowMs + Math.max(ms, waitMs), limit.words);
    }
  }

  /** Limits have changed, of these places: what is blocked for one is looked at now. */
  lift(isMeant: (place: LimitedPlace) => boolean = () => true): void {
    const { clock, outbox } = this.#options;
    const nowMs = clock.now();
    for (const [destination, { untilMs, place }] of [...this.#blocked]) {
      if (!isMeant(place)) continue;
      this.#blocked.delete(destination);
      if (untilMs > nowMs)
        outbox.block({ destination, untilMs: nowMs, failures: 0, lastError: '', waitsFor: '' });
    }
  }

  #block(destination: ActiveDestination, untilMs: number, waitsFor: string, place: LimitedPlace): void {
    const { name } = destination;
    destination.waitUntil(untilMs);
    this.#blocked.delete(name);
    this.#blocked.set(name, { untilMs, place });
    if (this.#blocked.size > MOST_BLOCKED)
      for (const oldest of this.#blocked.keys()) {
        this.#blocked.delete(oldest);
        break;
      }
    this.#options.outbox.block({ destination: name, untilMs, failures: 0, lastError: '', waitsFor });
  }
}
