/** What an automatic limit leaves of one place: nothing while it is suspended, else so many messages a minute, evenly. */
import type { Clock } from '../../platform/clock.ts';
import { wordsOfAutomatic } from '../../policy/shaping/limit-words.ts';
import type { AutomaticLimits, LimitedPlace } from './automatic-limits.ts';
import { HOLD_MS, Line } from './line.ts';
import type { RateLimit } from './rate-limit.ts';

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
  /** Most places never have a limit. */
  #line: Line | undefined;

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

  /** Until its next step. */
  get changesInMs(): number {
    const { untilMs = Infinity } = this.#limit ?? {};
    return Math.max(1, untilMs - this.#options.clock.now());
  }

  get isOff(): boolean {
    return this.#limit === undefined;
  }

  get line(): Line {
    return (this.#line ??= new Line());
  }

  isIdle(nowMs: number): boolean {
    return this.waitMs(nowMs) === 0 && this.#line?.isIdle(nowMs) !== false;
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
    // What opened a connection first has made nobody else late.
    const lateMs = nowMs - (this.#lastMs + this.#spacingMs);
    this.#lastMs = nowMs - Math.min(Math.max(lateMs, 0), HOLD_MS, this.#spacingMs / 2);
  }

  roomForMs(nowMs: number, count: number): number {
    return count <= 1 ? this.waitMs(nowMs) : Infinity;
  }

  turnMs(nowMs: number, before: number): number {
    return this.waitMs(nowMs) + before * this.#spacingMs;
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
