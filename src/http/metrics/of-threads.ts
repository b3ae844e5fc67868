/** How busy each thread is. Of one that does not answer in time the last figures stand. */
import type { LastAnswer } from '../../platform/last-answer.ts';
import { GC_KINDS, type ThreadFigures } from '../../platform/thread-figures.ts';
import { histogram, metric, type Sample } from './exposition.ts';

export interface Thread {
  readonly name: 'main' | 'store' | 'delivery';
  readonly answer: LastAnswer<ThreadFigures>;
}

export function threadMetrics(threads: readonly Thread[]): readonly string[] {
  const known = threads.flatMap(({ name, answer: { value } }) =>
    value === undefined ? [] : [{ thread: name, value }],
  );
  return [
    metric(
      'postern_thread_answered',
      'gauge',
      '1 when the thread answered this scrape in time',
      threads.map(({ name, answer }): Sample => [{ thread: name }, answer.answered ? 1 : 0]),
    ),
    metric(
      'postern_thread_eventloop_delay_seconds',
      'summary',
      'Delay of the event loop since the last scrape',
      known.flatMap(({ thread, value: { loopDelay } }): Sample[] => [
        [{ thread, quantile: '0.5' }, loopDelay.p50],
        [{ thread, quantile: '0.99' }, loopDelay.p99],
        [{ thread, quantile: '1' }, loopDelay.max],
      ]),
    ),
    metric(
      'postern_thread_busy_seconds_total',
      'counter',
      'Time in which the event loop had work',
      known.map(({ thread, value }): Sample => [{ thread }, value.busySeconds]),
    ),
    metric(
      'postern_thread_heap_used_bytes',
      'gauge',
      'Heap in use',
      known.map(({ thread, value }): Sample => [{ thread }, value.heapUsedBytes]),
    ),
    histogram(
      'nodejs_gc_duration_seconds',
      'Pauses for the collection of garbage',
      known.flatMap(({ thread, value }) =>
        GC_KINDS.map((kind) => [{ thread, kind }, value.gc[kind]] as const),
      ),
    ),
  ];
}
