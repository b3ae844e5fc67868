/** What an automatic limit leaves of one place: nothing while it is suspended, else so many messages a minute, evenly. */
import type { Clock } from '../../platform/clock.ts';
import { wordsOfAutomatic } from '../../policy/shaping/limit-words.ts';
import type { AutomaticLimits, LimitedPlace } from './automatic-limits.ts';
import { Promises, type RateLimit } from './rate-limit.ts';

const MINUTE_MS = 60_000;

export interface AutomaticPaceOptions {
  readonly limits: AutomaticLimits;
  readonly clock: Clock;
  readonly nodes: () => number;
}

export class AutomaticPace implements RateLimit {
  readonly ofSender = false;
  readonly #place: LimitedPlace;
  readonly #options: AutomaticPaceOptions;
  #lastMs = -Infinity;
  /** At the pace of the limit in force: one, then the spacing. */
  #promises = { spacingMs: 0, turns: new Promises(1, 0) };

  constructor(place: LimitedPlace, options: AutomaticPaceOptions) {
    this.#place = place;
    this.#options = options;
  }

  get words(): string {
    const limit = this.#limit;
    return limit === undefined ? 'a limit that is over' : wordsOfAutomatic(limit);
  }

  /** Open at once. */
  get connections(): number {
    const { connections = Infinity } = this.#limit ?? {};
    return Math.max(1, Math.floor(connections / this.#options.nodes()));
  }

  waitMs(nowMs: number): number {
    const limit = this.#limit;
    if (limit === undefined) return 0;
    if (limit.action === 'suspend') return Math.max(0, limit.untilMs - this.#options.clock.now());
    return Math.max(0, this.#lastMs + this.#spacingMs - nowMs);
  }

  /** Nothing leads there at all before that. */
  get suspendedForMs(): number {
    const limit = this.#limit;
    return limit?.action === 'suspend' ? Math.max(0, limit.untilMs - this.#options.clock.now()) : 0;
  }

  take(nowMs: number): void {
    this.#lastMs = nowMs;
  }

  promise(nowMs: number, count: number, latestMs: number, bulk = false): number {
    const spacingMs = this.#spacingMs;
    if (spacingMs !== this.#promises.spacingMs)
      this.#promises = { spacingMs, turns: new Promises(1, spacingMs) };
    return this.#promises.turns.next(nowMs + this.waitMs(nowMs), count, latestMs, bulk);
  }

  get #spacingMs(): number {
    const { perMinute = Infinity } = this.#limit ?? {};
    return (MINUTE_MS / perMinute) * this.#options.nodes();
  }

  get #limit() {
    const { limits, clock } = this.#options;
    return limits.of(this.#place, clock.now());
  }
}
