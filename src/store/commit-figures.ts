/** What the writer of the store measured of its commits, for /metrics. Plain data. */
import type { HistogramFigures } from '../platform/histogram.ts';
import type { ThreadFigures } from '../platform/thread-figures.ts';

export interface CommitFigures {
  /** From the begin of a transaction until it is durable; those that failed are among them. */
  readonly seconds: HistogramFigures;
  /** Operations that shared a commit. */
  readonly operations: HistogramFigures;
  readonly failed: number;
  /** Operations that wait for a commit now. */
  readonly waiting: number;
}

/** What the thread of the store answers. */
export interface StoreThreadFigures {
  readonly commits: CommitFigures;
  readonly thread: ThreadFigures;
}
