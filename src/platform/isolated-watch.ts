/**
 * The thread that watches over an isolated process while an operation is in hand, because then nothing else in it may
 * have its turn: it ends the process when the parent is gone, and when the process holds more memory than the heap's
 * own limit accounts for (buffers are not on the heap). It sleeps while nothing is in hand.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { WatchData } from './isolated-entry.ts';

/** A process fills about 20 MiB in that time. */
const LOOK_EVERY_MS = 20;

const { parentPid, maxResidentBytes, working } = workerData as WatchData;

parentPort?.postMessage('watching');
for (;;) {
  Atomics.wait(working, 0, 0);
  // 'timed-out' as long as it goes on.
  while (Atomics.wait(working, 0, 1, LOOK_EVERY_MS) === 'timed-out') look();
}

function look(): void {
  if (process.ppid !== parentPid) process.kill(process.pid, 'SIGKILL');
  // As V8 ends a process whose heap is full: the parent takes both for the same.
  if (process.memoryUsage.rss() > maxResidentBytes) process.kill(process.pid, 'SIGABRT');
}
