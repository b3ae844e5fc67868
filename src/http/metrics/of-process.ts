/** The process, under the names that every client library of Prometheus uses. */
import { readdir, readFile } from 'node:fs/promises';
import type { ThreadFigures } from '../../platform/thread-figures.ts';
import { metric, type Sample } from './exposition.ts';

/** `main`: of the thread that asks. */
export async function processMetrics(main: ThreadFigures, nowMs: number): Promise<readonly string[]> {
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  const [openFiles, maxFiles] = await Promise.all([countOpenFiles(), readMaxFiles()]);
  const { p50, p99, max } = main.loopDelay;
  return [
    metric('process_start_time_seconds', 'gauge', 'When the process started', [
      [{}, Math.round(nowMs / 1000 - process.uptime())],
    ]),
    metric('process_resident_memory_bytes', 'gauge', 'Resident memory', [[{}, memory.rss]]),
    metric('process_cpu_seconds_total', 'counter', 'Processor time, user and system', [
      [{}, (cpu.user + cpu.system) / 1e6],
    ]),
    metric('process_open_fds', 'gauge', 'File descriptors that are open', known(openFiles)),
    metric('process_max_fds', 'gauge', 'File descriptors that may be open', known(maxFiles)),
    metric('nodejs_heap_size_used_bytes', 'gauge', 'Heap in use (main thread)', [[{}, main.heapUsedBytes]]),
    metric('nodejs_heap_size_total_bytes', 'gauge', 'Heap, used or not (main thread)', [
      [{}, main.heapTotalBytes],
    ]),
    metric('nodejs_external_memory_bytes', 'gauge', 'Buffers outside of the heap', [[{}, memory.external]]),
    metric('nodejs_version_info', 'gauge', 'The Node.js that runs', [[{ version: process.version }, 1]]),
    metric(
      'nodejs_eventloop_lag_seconds',
      'summary',
      'Delay of the event loop since the last scrape (main thread)',
      [
        [{ quantile: '0.5' }, p50],
        [{ quantile: '0.99' }, p99],
        [{ quantile: '1' }, max],
      ],
    ),
  ];
}

function known(value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : [[{}, value]];
}

async function countOpenFiles(): Promise<number | undefined> {
  try {
    return (await readdir('/proc/self/fd')).length;
  } catch {
    return undefined;
  }
}

async function readMaxFiles(): Promise<number | undefined> {
  try {
    const limits = await readFile('/proc/self/limits', 'utf8');
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
