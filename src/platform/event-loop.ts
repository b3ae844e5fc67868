/** The two moments of Node.js's event loop that code waits for, as an argument, so that tests can play the loop. */

export interface EventLoop {
  /** Runs `callback` after the loop has looked for new input once, before it looks again. */
  nextTurn(callback: () => void): void;
  /** Runs `callback` when what the code that runs now has set off at once is done: its ticks, and its promises. */
  settled(callback: () => void): void;
}

export const eventLoop: EventLoop = {
  nextTurn: (callback) => void setImmediate(callback),
  // Promises go on until there are none, then ticks, so this tick comes after both.
  settled: (callback) => queueMicrotask(() => process.nextTick(callback)),
};
