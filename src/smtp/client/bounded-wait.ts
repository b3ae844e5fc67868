/**
 * Bounded waits for a remote, one at a time. One timer serves all waits of a session: it is set at the first wait,
 * checks the latest deadline when it fires, and is not touched in between, so that a message costs no timers.
 */
import { assert } from '../../platform/assert.ts';
import type { Clock, Timer } from '../../platform/clock.ts';

export interface BoundedWaitOptions {
  readonly clock: Clock;
  /** Lower bound of all waits: how often the timer may fire. Milliseconds. */
  readonly shortestWaitMs: number;
  /** Called when a wait times out; must call {@link BoundedWait.wake}. `reason` is in words. */
  readonly onTimeout: (reason: string) => void;
}

export class BoundedWait {
  readonly #options: BoundedWaitOptions;
  #deadlineMs = Infinity;
  #what = '';
  #timeoutMs = 0;
  #timer: Timer | undefined;
  #waiter: (() => void) | undefined;

  constructor(options: BoundedWaitOptions) {
    this.#options = options;
  }

  /** Resolves with `result()` when it is woken. */
  wait<T>(timeoutMs: number, what: string, result: () => T): Promise<T> {
    assert(this.#waiter === undefined, 'one wait at a time on an SMTP connection');
    this.#deadlineMs = this.#options.clock.monotonic() + timeoutMs;
    this.#what = what;
    this.#timeoutMs = timeoutMs;
    this.#timer ??= this.#setTimer(timeoutMs);
    return new Promise((resolve) => {
      this.#waiter = () => resolve(result());
    });
  }

  /** The present wait; `undefined`: none. Monotonic. */
  get current(): { readonly what: string; readonly sinceMs: number } | undefined {
    if (this.#waiter === undefined) return undefined;
    return { what: this.#what, sinceMs: this.#deadlineMs - this.#timeoutMs };
  }

  /** Ends the present wait, if any. */
  wake(): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.();
  }

  /** Ends the present wait; none may follow. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.wake();
  }

  /** Fires no later than any deadline set before. */
  #setTimer(remainingMs: number): Timer {
    const { clock, shortestWaitMs, onTimeout } = this.#options;
    return clock.after(Math.min(remainingMs, shortestWaitMs), () => {
      this.#timer = undefined;
      if (this.#waiter === undefined) return;
      const leftMs = this.#deadlineMs - clock.monotonic();
      if (leftMs > 0) this.#timer = this.#setTimer(leftMs);
      else onTimeout(`waited in vain for ${this.#what} within ${this.#timeoutMs / 1000} s`);
    });
  }
}
