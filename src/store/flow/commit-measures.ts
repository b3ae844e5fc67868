/** Measures the commits of a writer: two readings of the clock each, however many operations share it. */
import type { Clock } from '../../platform/clock.ts';
import { Histogram, MOMENT_SECONDS } from '../../platform/histogram.ts';
import type { CommitFigures } from '../commit-figures.ts';

const OPERATIONS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

export class CommitMeasures {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #seconds = new Histogram(MOMENT_SECONDS);
  readonly #operations = new Histogram(OPERATIONS);
  #failed = 0;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** The result is called once, when the commit is durable or has failed. */
  begin(operations: number): (durable: boolean) => void {
    const startMs = this.#clock.monotonic();
    this.#operations.observe(operations);
    return (durable) => {
      this.#seconds.observe((this.#clock.monotonic() - startMs) / 1000);
      if (!durable) this.#failed++;
    };
  }

  figures(waiting: number): CommitFigures {
    return {
      seconds: this.#seconds.figures(),
      operations: this.#operations.figures(),
      failed: this.#failed,
      waiting,
    };
  }
}
