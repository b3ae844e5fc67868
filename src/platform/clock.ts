/**
 * Time and timers as an argument: everything that waits or reads the clock takes a `Clock`, so that tests and the
 * simulation run on a virtual one. The only file that uses Date and setTimeout.
 */

/** A pending timer. `cancel` is idempotent, also after the timer fired. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since the Unix epoch. May jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. For durations. */
  monotonic(): number;
  /** Runs `callback` once after `delayMs` (clamped to 0 .. 2^31-1). Keeps the process alive. */
  after(delayMs: number, callback: () => void): Timer;
}

const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    const handle = setTimeout(callback, Math.min(Math.max(delayMs, 0), MAX_TIMER_MS));
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Milliseconds that all threads of the process count alike, and that never go back: each one's `monotonic` has its own start. */
export function processTimeMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Resolves after `delayMs` on `clock`. */
export function delay(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}

/** Thrown by {@link withTimeout}. `what` names the operation. */
export class TimeoutError extends Error {
  readonly code = 'timeout';
  readonly what: string;
  readonly timeoutMs: number;
  constructor(what: string, timeoutMs: number) {
    super(`${what} took longer than ${timeoutMs} ms`);
    this.what = what;
    this.timeoutMs = timeoutMs;
  }
}

/** Settles as `promise` does, or rejects with {@link TimeoutError} after `timeoutMs`. Does not stop the work. */
export async function withTimeout<T>(
  clock: Clock,
  timeoutMs: number,
  what: string,
  promise: Promise<T>,
): Promise<T> {
  let timer: Timer | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = clock.after(timeoutMs, () => reject(new TimeoutError(what, timeoutMs)));
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    timer?.cancel();
  }
}
