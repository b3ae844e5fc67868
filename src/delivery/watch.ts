/**
 * Guarantees that all work under way ends, even with a fault in another part of this relay. Every wait for a remote has a
 * time limit (smtp/client/timeouts.ts); work beyond the sum of them is a bug of ours. It is logged as one and aborted; if
 * that does not end it, the watch continues without it, so that a delivery is settled and tried again instead of being in
 * progress for ever.
 *
 * A look costs one pass over the work under way, every half minute, and none without work.
 */
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { Slots } from '../platform/slots.ts';
import type { RemoteWait } from '../smtp/client/session.ts';
import type { Alarm } from './alarm.ts';

export interface WatchOptions {
  readonly clock: Clock;
  readonly alarm: Alarm;
  readonly log: Log;
}

/** Where mail waits to be worked on. */
export interface LookedAt {
  /** True: something waits, look again. */
  look(): boolean;
}

export interface Watched<T> {
  /** For the log: `opening a session`, `a transaction`. */
  readonly what: string;
  readonly host: string;
  /** Of one destination, or of all that a site serves. */
  readonly of?: { readonly destination?: string; readonly site?: string };
  /** What it waits for; `undefined`: not known, or nothing. */
  readonly waitsFor?: () => RemoteWait | undefined;
  /** What its time limits allow in all. */
  readonly longestMs: number;
  /** Aborts it from outside; its waiters should then be notified as usual. */
  readonly breakOff: () => void;
  /** The result to go on with when breaking off did not end it. */
  readonly instead: () => T;
}

/** Work that goes on now. Times are monotonic. */
export interface UnderWay {
  readonly what: string;
  readonly host: string;
  readonly sinceMs: number;
  readonly waitsFor: RemoteWait | undefined;
}

interface Work {
  readonly slot: number;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly watched: Pick<Watched<unknown>, 'what' | 'host' | 'of' | 'waitsFor'>;
  overdueLooks: number;
  readonly breakOff: () => void;
  readonly goOnWithout: () => void;
  readonly fields: Readonly<Record<string, string | number>>;
}

export const LOOK_EVERY_MS = 30_000;

export class Watch {
  readonly #options: WatchOptions;
  readonly #works = new Slots<Work>();
  #places: readonly LookedAt[] = [];
  #nextLookMs = -Infinity;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** These are looked at, in this order, as often as what is under way. */
  looksAt(...places: readonly LookedAt[]): void {
    this.#places = places;
  }

  /** Settles as `work` does, or with `instead` when that does not come about in its time. */
  run<T>(work: Promise<T>, watched: Watched<T>): Promise<T> {
    const nowMs = this.#options.clock.monotonic();
    return new Promise<T>((resolve, reject) => {
      const entry = this.#works.add<Work>((slot) => ({
        slot,
        sinceMs: nowMs,
        untilMs: nowMs + watched.longestMs,
        watched,
        overdueLooks: 0,
        breakOff: watched.breakOff,
        goOnWithout: () => resolve(watched.instead()),
        fields: { what: watched.what, host: watched.host, longest_ms: watched.longestMs },
      }));
      this.#lookSoon(nowMs);
      work.then(
        (result) => {
          this.#works.delete(entry);
          resolve(result);
        },
        (error: unknown) => {
          this.#works.delete(entry);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  /** What goes on for a destination, with what its sites do for all of theirs, the longest first. */
  underWay(destination: string, sites: ReadonlySet<string>): readonly UnderWay[] {
    const found: UnderWay[] = [];
    for (const { sinceMs, watched } of this.#works) {
      const { what, host, of, waitsFor } = watched;
      if (of?.destination !== destination && (of?.site === undefined || !sites.has(of.site))) continue;
      found.push({ what, host, sinceMs, waitsFor: waitsFor?.() });
    }
    return found.sort((one, other) => one.sinceMs - other.sinceMs);
  }

  onAlarm(): void {
    const nowMs = this.#options.clock.monotonic();
    if (nowMs >= this.#nextLookMs) {
      for (const work of this.#works) if (nowMs > work.untilMs) this.#overdue(work);
    }
    let waiting = false;
    for (const place of this.#places) if (place.look()) waiting = true;
    if (waiting || this.#works.size > 0) this.#lookSoon(nowMs);
  }

  /**
   * The first look only takes note: a machine that was stopped for an hour finds everything late at once, and the time
   * limits proper are about to say so themselves.
   */
  #overdue(work: Work): void {
    work.overdueLooks++;
    if (work.overdueLooks === 2) {
      this.#options.log.error(
        'under way for longer than its time limits allow: a fault of this relay',
        work.fields,
      );
      work.breakOff();
    } else if (work.overdueLooks > 2) {
      this.#works.delete(work);
      work.goOnWithout();
    }
  }

  #lookSoon(nowMs: number): void {
    if (nowMs >= this.#nextLookMs) this.#nextLookMs = nowMs + LOOK_EVERY_MS;
    this.#options.alarm.by(this.#nextLookMs);
  }
}
