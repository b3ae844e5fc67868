/**
 * One life of a relayd process, from its start to its end. Whatever the process does passes through something bound to
 * its life: clock, store, network, DNS. A life can end at each of these crossings; from then on nothing it does has an
 * effect and nothing it waits for comes. That is a sudden death at any await.
 */
import type { Clock, Timer } from '../../src/platform/clock.ts';
import type { Random } from '../../src/platform/random.ts';
import type { Dice } from './dice.ts';

/** How soon the store looks for changes of other processes (store/sqlite/engine/foreign-changes.ts). */
const LOOK_EVERY_MS = 250;

/** The time of the machine on which it is lived. */
export interface LifeTime {
  readonly elapsedMs: number;
  nowMs(): number;
  after(delayMs: number, run: () => void): Timer;
  /** Runs `run` now, or when the machine, which stands still, goes on. */
  whenAwake(run: () => void): void;
}

export class Life {
  readonly number: number;
  readonly startedAtMs: number;
  readonly random: Random;
  readonly #time: LifeTime;
  readonly #onEnd: (crossing: string) => void;
  #alive = true;
  #pendingTimers = 0;
  /** Crossings until it ends; `undefined`: it does not. */
  #crossingsLeft: number | undefined;
  #endsAt: string | undefined;
  /** A look that nobody needs before another process has written. */
  #sleepingLook: (() => void) | undefined;

  /** `onEnd` hears of the sudden end, at which crossing it came. */
  constructor(number: number, ports: { time: LifeTime; dice: Dice; onEnd: (crossing: string) => void }) {
    this.number = number;
    this.#time = ports.time;
    this.#onEnd = ports.onEnd;
    this.startedAtMs = ports.time.elapsedMs;
    this.random = ports.dice.fork(`life ${number}`).random;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Timers that the process has set and that did not fire. */
  get pendingTimers(): number {
    return this.#pendingTimers;
  }

  /** It is to end suddenly, after `crossings` more of those called `what` (of all, without a name). */
  endSoon(crossings: number, what?: string): void {
    if (this.#crossingsLeft !== undefined && crossings > 0) return;
    this.#crossingsLeft = crossings;
    this.#endsAt = what;
  }

  /** The process is about to do or to hear something. Returns whether it lives on. */
  cross(what: string): boolean {
    if (!this.#alive) return false;
    if (this.#crossingsLeft === undefined) return true;
    if ((this.#endsAt !== undefined && this.#endsAt !== what) || this.#crossingsLeft-- > 0) return true;
    this.#alive = false;
    this.#onEnd(what);
    return false;
  }

  /** The process ended by itself. */
  end(): void {
    this.#alive = false;
  }

  /** The process hears of something: now, or when its machine goes on. */
  whenAwake(run: () => void): void {
    this.#time.whenAwake(run);
  }

  /** Resolves when it is awake. */
  awake(): Promise<void> {
    return new Promise((resolve) => this.#time.whenAwake(resolve));
  }

  /** The process's clock and timers. */
  readonly clock: Clock = {
    now: () => this.#time.nowMs(),
    monotonic: () => this.#time.elapsedMs,
    after: (delayMs, callback) => {
      if (!this.#alive) return { cancel: () => undefined };
      this.#pendingTimers++;
      let pending = true;
      const done = () => {
        if (pending) this.#pendingTimers--;
        pending = false;
      };
      // As Node.js does: whole milliseconds, at least one.
      const timer = this.#time.after(Math.max(1, Math.trunc(delayMs)), () => {
        if (!this.cross('timer')) return;
        done();
        callback();
      });
      return {
        cancel: () => {
          timer.cancel();
          done();
        },
      };
    },
  };

  /**
   * The store's clock: as the other, but its looks for foreign changes sleep until {@link somebodyElseWrote}. Such a
   * look changes nothing while nobody else writes, and four a second would be most of what happens in a quiet world.
   */
  readonly storeClock: Clock = {
    ...this.clock,
    after: (delayMs, callback) => {
      if (delayMs !== LOOK_EVERY_MS) return this.clock.after(delayMs, callback);
      this.#sleepingLook = callback;
      return {
        cancel: () => {
          if (this.#sleepingLook === callback) this.#sleepingLook = undefined;
        },
      };
    },
  };

  somebodyElseWrote(): void {
    const look = this.#sleepingLook;
    if (look === undefined) return;
    this.#sleepingLook = undefined;
    this.clock.after(LOOK_EVERY_MS * this.random.float(), look);
  }
}
