/**
 * Timers of libraries that know nothing of our clocks (pg and its pool): while a world lives, a timer that is set by the code
 * of a node is one of that node's time. Whose code it is, the asynchronous context says; all others get real ones.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Timer } from '../../../src/platform/clock.ts';

export interface TimerOwner {
  after(delayMs: number, run: () => void): Timer;
}

const owner = new AsyncLocalStorage<TimerOwner>();

/** Runs `run` as the code of `whose`. */
export function asCodeOf<T>(whose: TimerOwner, run: () => T): T {
  return owner.run(whose, run);
}

/** Runs `run` as the world's own: timers are real. */
export function asNobody<T>(run: () => T): T {
  return owner.exit(run);
}

/** What libraries do with a handle. */
class Handle {
  readonly timer: Timer;

  constructor(timer: Timer) {
    this.timer = timer;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

type Callback = (...args: unknown[]) => void;

/** Until the result is called. */
export function takeLibraryTimers(): () => void {
  const { setTimeout: later, clearTimeout: forget, setImmediate: soon } = globalThis;
  const simulated = (delayMs: number, run: Callback, args: unknown[]) => {
    const whose = owner.getStore();
    return whose && new Handle(whose.after(delayMs, () => run(...args)));
  };
  const replaced = {
    setTimeout: (run: Callback, delayMs = 0, ...args: unknown[]) =>
      simulated(delayMs, run, args) ?? later(run, delayMs, ...args),
    setImmediate: (run: Callback, ...args: unknown[]) => simulated(0, run, args) ?? soon(run, ...args),
    clearTimeout: (handle: unknown) => {
      if (handle instanceof Handle) handle.timer.cancel();
      else forget(handle as NodeJS.Timeout);
    },
  };
  Object.assign(globalThis, replaced);
  return () => {
    Object.assign(globalThis, { setTimeout: later, clearTimeout: forget, setImmediate: soon });
  };
}
