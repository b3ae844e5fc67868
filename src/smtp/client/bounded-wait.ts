/**
 * Waiting for a remote, one thing at a time and never longer than allowed. One timer serves all waits of a session: it
 * is set when something is waited for, looks at the latest deadline when it fires, and is not touched in between, so
 * that a message costs no timers.
 */
import { assert } from '../../platform/assert.ts';
import type { Clock, Timer } from '../../platform/clock.ts';

export interface BoundedWaitOptions {
  readonly clock: Clock;
  /** No wait is shorter than this: how often the timer may look. Milliseconds. */
  readonly shortestWaitMs: number;
  /** Called when a wait was in vain; has to {@link BoundedWait.wake}. `reason` is in words. */
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

  /** Resolves with what `result` gives when it is woken. */
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

  /** Ends the wait under way, if there is one. */
  wake(): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.();
  }

  /** There will be no more waits; ends the one under way. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.wake();
  }

  /** Never later than any deadline that may be set before it fires. */
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
