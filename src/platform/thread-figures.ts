/**
 * How busy the calling thread is, for /metrics: delay of its event loop, its pauses for garbage, its heap. Measured by
 * Node.js beside the thread's work; what a thread reports is plain data.
 */
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { Histogram, type HistogramFigures } from './histogram.ts';

/** Kinds of garbage collection, by the names that dashboards for Node.js use. */
export const GC_KINDS = ['minor', 'incremental', 'major', 'weakcb'] as const;
export type GcKind = (typeof GC_KINDS)[number];

/** Plain data. */
export interface ThreadFigures {
  /** Seconds of delay since the last call. */
  readonly loopDelay: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Seconds in which the event loop had work, since the thread started. */
  readonly busySeconds: number;
  readonly gc: Readonly<Record<GcKind, HistogramFigures>>;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
}

export interface ThreadWatch {
  figures(): ThreadFigures;
  stop(): void;
}

/** An entry of type `gc`, which the types of Node.js do not describe. */
interface GcEntry {
  readonly duration: number;
  readonly detail: { readonly kind: number };
}

const NANOSECONDS = 1e9;
/** Interval of the event loop probe; the delay between two probes is measured. */
const LOOK_EVERY_MS = 20;
const PAUSE_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5];

export function watchThread(): ThreadWatch {
  const delay = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });
  delay.enable();
  const pauses = {
    minor: new Histogram(PAUSE_SECONDS),
    incremental: new Histogram(PAUSE_SECONDS),
    major: new Histogram(PAUSE_SECONDS),
    weakcb: new Histogram(PAUSE_SECONDS),
  };
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as unknown as readonly GcEntry[])
      pauses[kindOf(detail.kind)].observe(duration / 1000);
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    figures() {
      const [p50, p99, max] = [delay.percentile(50), delay.percentile(99), delay.max].map(delaySeconds);
      delay.reset();
      const { heapUsed, heapTotal } = process.memoryUsage();
      return {
        loopDelay: { p50: p50 ?? 0, p99: p99 ?? 0, max: max ?? 0 },
        busySeconds: performance.eventLoopUtilization().active / 1000,
        gc: {
          minor: pauses.minor.figures(),
          incremental: pauses.incremental.figures(),
          major: pauses.major.figures(),
          weakcb: pauses.weakcb.figures(),
        },
        heapUsedBytes: heapUsed,
        heapTotalBytes: heapTotal,
      };
    },
    stop() {
      delay.disable();
      observer.disconnect();
    },
  };
}

/** Without any probe since the last call Node.js reports NaN. */
function delaySeconds(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / NANOSECONDS - LOOK_EVERY_MS / 1000) : 0;
}

function kindOf(kind: number): GcKind {
  if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) return 'major';
  if (kind === constants.NODE_PERFORMANCE_GC_INCREMENTAL) return 'incremental';
  return kind === constants.NODE_PERFORMANCE_GC_WEAKCB ? 'weakcb' : 'minor';
}
