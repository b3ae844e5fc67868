/** Measurements of the store writer's commits, for /metrics. Plain data. */
import type { HistogramFigures } from '../platform/histogram.ts';
import type { ThreadFigures } from '../platform/thread-figures.ts';

export interface CommitFigures {
  /** From BEGIN until the commit is durable; failed commits are included. */
  readonly seconds: HistogramFigures;
  /** Operations that shared a commit. */
  readonly operations: HistogramFigures;
  readonly failed: number;
  /** Operations that are waiting for a commit. */
  readonly waiting: number;
}

/** The answer of the store thread. */
export interface StoreThreadFigures {
  readonly commits: CommitFigures;
  readonly thread: ThreadFigures;
}
