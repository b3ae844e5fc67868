/**
 * Brings mail back early that waits in the store for its turn under a limit: where the limit has room and nobody is there to
 * use it, since those before were cancelled, held, or cannot be reached. Looks when a limit has room again, and only at
 * limits that something waits for in the store.
 */
import type { Clock } from '../../platform/clock.ts';
import type { Alarm } from '../alarm.ts';
import { HOLD_MS, LATE_MS } from './line.ts';
import type { RateLimit } from './rate-limit.ts';

export interface CallForwardOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly alarm: Pick<Alarm, 'by'>;
}

export class CallForward {
  readonly #options: CallForwardOptions;
  readonly #looks = new Map<RateLimit, number>();

  constructor(options: CallForwardOptions) {
    this.#options = options;
  }

  /** Something that can be called waits for it in the store. */
  watch(limit: RateLimit): void {
    if (!this.#looks.has(limit)) this.#lookIn(limit, LATE_MS);
  }

  onAlarm(): void {
    const nowMs = this.#options.clock.monotonic();
    for (const [limit, atMs] of this.#looks) {
      if (atMs > nowMs) this.#options.alarm.by(atMs);
      else if (limit.isOff || !limit.line.hasAway(nowMs)) this.#looks.delete(limit);
      else this.#look(limit, nowMs);
    }
  }

  #look(limit: RateLimit, nowMs: number): void {
    const roomInMs = limit.waitMs(nowMs, 1);
    if (roomInMs > 0) this.#lookIn(limit, roomInMs + LATE_MS);
    else {
      if (!limit.line.isUsed(nowMs)) limit.line.callNext(nowMs);
      this.#lookIn(limit, HOLD_MS);
    }
  }

  #lookIn(limit: RateLimit, ms: number): void {
    const atMs = this.#options.clock.monotonic() + ms;
    this.#looks.set(limit, atMs);
    this.#options.alarm.by(atMs);
  }
}
