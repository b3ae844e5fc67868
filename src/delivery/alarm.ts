/**
 * The one timer of the delivery service. Each part requests a time; the earliest is armed, and when it fires every part
 * looks at the clock again and repeats the requests that still stand.
 */
import type { Clock, Timer } from '../platform/clock.ts';

export interface AlarmListener {
  onAlarm(): void;
}

export class Alarm {
  readonly #clock: Clock;
  #listeners: readonly AlarmListener[] = [];
  #timer: Timer | undefined;
  #atMs = Infinity;
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** These are woken, in this order, whenever it fires. */
  wakes(...listeners: readonly AlarmListener[]): void {
    this.#listeners = listeners;
  }

  /** Fires at `atMs` (monotonic) at the latest. */
  by(atMs: number): void {
    if (atMs >= this.#atMs || this.#stopped) return;
    this.#timer?.cancel();
    this.#atMs = atMs;
    // Rounded up: a timer that fires a fraction early would only find out that it has to wait again.
    this.#timer = this.#clock.after(Math.max(0, Math.ceil(atMs - this.#clock.monotonic())), () => {
      this.#timer = undefined;
      this.#atMs = Infinity;
      for (const listener of this.#listeners) listener.onAlarm();
    });
  }

  /** For good. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }
}
