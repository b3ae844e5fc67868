/** The reader of reports in its own process, and its limits: reports come from strangers. */
import type { Report } from '../dsn/read/report.ts';
import type { ReadReport } from '../dsn/read/report-reader.ts';
import type { Clock } from '../platform/clock.ts';
import { createIsolatedProcess } from '../platform/isolated-process.ts';
import type { Log } from '../platform/log.ts';
import { workerUrl } from '../platform/worker-url.ts';

export interface ReportReader {
  readonly read: ReadReport;
  /** Waiting operations are answered as busy. */
  stop(): Promise<void>;
}

/** The worst of 512 KiB that is known takes 0.4 s on an idle core; this machine may have other things to do. */
export const READING_MS = 2_000;
/** The worst that is known holds a third of it. */
export const READING_HEAP_MIB = 128;
/** A thousand recipients, each with a reply of its own. More is read twice: here and by the receiver. */
export const READING_OUTPUT_BYTES = 1024 * 1024;
const READINGS_WAITING = 100;
/** Reports come in groups; the process holds some 70 MiB while it is there. */
const IDLE_MS = 60_000;

/** The process starts with the first report. */
export function openReportReader(clock: Clock, log: Log): ReportReader {
  const isolated = createIsolatedProcess({
    name: 'relay-reports',
    entry: workerUrl(import.meta.url, './isolated-reports'),
    timeMs: READING_MS,
    heapMiB: READING_HEAP_MIB,
    maxWaiting: READINGS_WAITING,
    maxOutputBytes: READING_OUTPUT_BYTES,
    idleMs: IDLE_MS,
    clock,
    log,
  });
  return {
    read: async (bytes, flow) => {
      const result = await isolated.run<Report>('read', bytes, flow);
      switch (result.kind) {
        case 'done':
          return { kind: 'report', report: result.value };
        case 'limit':
          return { kind: 'unreadable', why: result.limit };
        case 'busy':
          return result;
        case 'failed':
          log.warn('report reader failed', { reason: result.reason, fault: result.fault });
          // An end of the process from outside is not a fault of the report.
          return result.fault === 'operation' ? { kind: 'unreadable', why: 'failed' } : { kind: 'busy' };
      }
    },
    stop: () => isolated.stop(),
  };
}
