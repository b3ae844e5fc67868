/**
 * Drives a simulated world: runs every promise that can go on, then lets the next thing happen, and so on. All of it
 * in plain macro-tasks of the real event loop, many happenings each, so that a world runs as fast as its code does.
 */
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import type { SimulatedTime } from './simulated-time.ts';

/**
 * Runs all promise callbacks that are due, and those that they make due; not from within one. V8 can, Node.js has no
 * name for it. Where V8 cannot, each happening gets a turn of the real event loop instead: the same world, but slower.
 */
const drain = promiseCallbacks();

function promiseCallbacks(): (() => void) | undefined {
  // For good: V8 may parse the function again when it has not been used for a while.
  setFlagsFromString('--allow-natives-syntax');
  try {
    return runInThisContext('() => { %PerformMicrotaskCheckpoint(); }') as () => void;
  } catch {
    return undefined;
  }
}

/** How long the real event loop may wait for us. */
const SLICE_MS = 50;
const LOOK_EVERY = 64;

/**
 * Resolves when `isDone` says so, asked after each happening, or nothing is left to happen. Rejects with what a
 * happening throws.
 */
export function runWorld(time: SimulatedTime, isDone: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const slice = () => {
      const endsAt = performance.now() + SLICE_MS;
      try {
        for (let count = 1; ; count++) {
          drain?.();
          if (isDone() || !time.happen()) {
            resolve();
            return;
          }
          if (drain === undefined || (count % LOOK_EVERY === 0 && performance.now() > endsAt)) break;
        }
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      setImmediate(slice);
    };
    setImmediate(slice);
  });
}
