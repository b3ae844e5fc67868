/** The two moments of Node.js's event loop that code waits for, as an argument, so that tests can control the loop. */

export interface EventLoop {
  /** Runs `callback` after the loop has polled for input once, before it polls again. */
  nextTurn(callback: () => void): void;
  /** Runs `callback` after all ticks and promises that the running code has started are done. */
  settled(callback: () => void): void;
}

export const eventLoop: EventLoop = {
  nextTurn: (callback) => void setImmediate(callback),
  // Promises run until none are left, then ticks, so this tick follows both.
  settled: (callback) => queueMicrotask(() => process.nextTick(callback)),
};
