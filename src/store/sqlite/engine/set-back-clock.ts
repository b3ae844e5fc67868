/**
 * Detects that the wall clock was set back while the store is open, and lifts the blocks of destinations that were written
 * with the wrong time: they would last as long as the clock went back. Two readings of both clocks now and then; a
 * transaction only when it happened.
 */
import type { Timer } from '../../../platform/clock.ts';
import { latestBlockMs } from '../../../policy/retry.ts';
import type { Context } from './context.ts';
import type { GroupCommit } from './group-commit.ts';

const LOOK_EVERY_MS = 5_000;
/** Smaller steps, such as those of NTP, lengthen a block by this at most. */
const LEAST_STEP_MS = 30_000;
const NONE: ReadonlySet<string> = new Set();

export class SetBackClock {
  readonly #context: Context;
  readonly #commits: GroupCommit;
  /** Wall clock minus monotonic clock, at the last look. */
  #offsetMs: number;
  #timer: Timer | undefined;

  constructor(context: Context, commits: GroupCommit) {
    this.#context = context;
    this.#commits = commits;
    this.#offsetMs = this.#offset();
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    this.#timer = this.#context.clock.after(LOOK_EVERY_MS, () => {
      this.#look();
      this.#arm();
    });
  }

  #offset(): number {
    return this.#context.clock.now() - this.#context.clock.monotonic();
  }

  #look(): void {
    const before = this.#offsetMs;
    const offsetMs = this.#offset();
    // Slow steps add up: only a step that was acted on, or one ahead, moves the mark.
    if (before - offsetMs < LEAST_STEP_MS) {
      this.#offsetMs = Math.max(before, offsetMs);
      return;
    }
    const run = () => this.#lift();
    this.#commits.submit({ grows: false, sizeBytes: 0, run }).then(
      () => {
        this.#offsetMs = offsetMs;
      },
      () => {
        // Busy, full, closed or failed: other callers report it. The next look tries again.
      },
    );
  }

  #lift(): void {
    const { destinations, feed, clock } = this.#context;
    if (destinations.liftBlocksAfter(latestBlockMs(clock.now())) === 0) return;
    const readyAtMs = destinations.nextReadyAtMs(NONE);
    if (readyAtMs !== undefined) feed.backlogAt(readyAtMs);
  }
}
