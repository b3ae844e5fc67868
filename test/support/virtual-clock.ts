/**
 * A clock that moves only when a test moves it. Timers fire in order of their time; between two of them promises
 * and already arrived I/O get their turn, so code under test sees time pass as it would in reality.
 */
import type { Clock, Timer } from '../../src/platform/clock.ts';

/** 2026-01-01T00:00:00Z. */
export const VIRTUAL_START_MS = Date.UTC(2026, 0, 1);

interface PendingTimer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  readonly #startMs: number;
  #elapsedMs = 0;
  #skewMs = 0;
  #order = 0;
  readonly #timers = new Set<PendingTimer>();

  constructor(startMs: number = VIRTUAL_START_MS) {
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + this.#elapsedMs + this.#skewMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { atMs: this.#elapsedMs + Math.max(delayMs, 0), order: this.#order++, callback };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** Timers that have not fired: 0 at the end of a test that leaks none. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer; `undefined` without one. */
  get nextTimerInMs(): number | undefined {
    const next = this.#next(Infinity);
    return next && next.atMs - this.#elapsedMs;
  }

  /** Lets `durationMs` pass, firing what falls due, also timers that the fired ones set. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + durationMs;
    await settled();
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#fire(next);
      await settled();
    }
    this.#elapsedMs = untilMs;
  }

  /** Jumps to the next timer and fires it; false without one. */
  async advanceToNextTimer(): Promise<boolean> {
    await settled();
    const next = this.#next(Infinity);
    if (next === undefined) return false;
    this.#fire(next);
    await settled();
    return true;
  }

  /** Sets the wall clock `byMs` forward (or back, negative), as an operator or NTP would; timers do not notice. */
  jump(byMs: number): void {
    this.#skewMs += byMs;
  }

  #fire(timer: PendingTimer): void {
    this.#timers.delete(timer);
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.atMs);
    timer.callback();
  }

  #next(untilMs: number): PendingTimer | undefined {
    let best: PendingTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs > untilMs) continue;
      if (
        best === undefined ||
        timer.atMs < best.atMs ||
        (timer.atMs === best.atMs && timer.order < best.order)
      )
        best = timer;
    }
    return best;
  }
}

/** Lets every promise that can go on, and I/O that has already arrived, go on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
