/**
 * Gives memory back when a thread has come to rest. V8 collects when there is need for room, so what the last burst left
 * behind would stay for as long as nothing comes (measured: 40 MB of a relay's 190). After work and then twenty quiet
 * seconds, all of it is collected and the free pages are returned; a thread that only ever has a little to do is left alone.
 * While it lasts, some tens of milliseconds, the thread does nothing else.
 */
import { Session } from 'node:inspector';
import type { Clock, Timer } from './clock.ts';

export interface ThreadHeap {
  /** The share of the time since the last call, 0 to 1, in which this thread's event loop was busy. */
  busyShare(): number;
  collect(): Promise<void>;
}

const LOOK_MS = 10_000;
const QUIET_LOOKS = 2;
/** An idle relay is busy for 0.2 % of the time, on a machine under heavy other load. */
const QUIET_SHARE = 0.01;

/** Of the calling thread. */
export function threadHeap(): ThreadHeap {
  let last = performance.eventLoopUtilization();
  return {
    busyShare() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      return utilization;
    },
    collect: collectGarbage,
  };
}

/** Polls until it is stopped. The start counts as work. */
export function releaseAtRest(heap: ThreadHeap, clock: Clock): { stop(): void } {
  let timer: Timer | undefined;
  let quietLooks = 0;
  let worked = true;
  let stopped = false;
  const schedule = () => {
    if (!stopped) timer = clock.after(LOOK_MS, () => void look());
  };
  const look = async () => {
    const isQuiet = heap.busyShare() < QUIET_SHARE;
    quietLooks = isQuiet ? quietLooks + 1 : 0;
    worked ||= !isQuiet;
    if (worked && quietLooks >= QUIET_LOOKS) {
      worked = false;
      await heap.collect();
      // The collection itself does not count as work.
      heap.busyShare();
    }
    schedule();
  };
  schedule();
  return {
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
}

/** The only documented way in Node.js; nothing listens, and no flag is set. */
async function collectGarbage(): Promise<void> {
  const session = new Session();
  session.connect();
  try {
    await new Promise<void>((resolve) => {
      session.post('HeapProfiler.collectGarbage', () => resolve());
    });
  } finally {
    session.disconnect();
  }
}
