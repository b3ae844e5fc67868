/**
 * The watch thread of an isolated process. While an operation blocks the event loop, it ends the process when the
 * parent is gone or when the process holds more memory than the heap limit accounts for (buffers are off-heap).
 * Sleeps while idle.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { WatchData } from './isolated-entry.ts';

/** A process fills about 20 MiB in that time. */
const LOOK_EVERY_MS = 20;

const { parentPid, maxResidentBytes, working } = workerData as WatchData;

parentPort?.postMessage('watching');
for (;;) {
  Atomics.wait(working, 0, 0);
  // 'timed-out' while the operation runs.
  while (Atomics.wait(working, 0, 1, LOOK_EVERY_MS) === 'timed-out') look();
}

function look(): void {
  if (process.ppid !== parentPid) process.kill(process.pid, 'SIGKILL');
  // The signal that V8 uses for a full heap: the parent treats both alike.
  if (process.memoryUsage.rss() > maxResidentBytes) process.kill(process.pid, 'SIGABRT');
}
