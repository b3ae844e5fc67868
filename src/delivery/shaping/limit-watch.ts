/**
 * Reads what others have changed of limits, suspensions and streams, and writes steps that are due. What an operator says counts
 * within a second; limits of other nodes, of which there mostly are none, are looked for less often.
 */
import type { Clock, Timer } from '../../platform/clock.ts';
import type { OwnedPromises } from '../../platform/lifecycle.ts';

export interface LimitWatchOptions {
  readonly limits: { readonly any: boolean; refresh(): Promise<void> };
  readonly suspended: { refresh(): Promise<void> };
  /** Default: they say nothing. */
  readonly streams?: { refresh(): Promise<void> } | undefined;
  readonly clock: Pick<Clock, 'after'>;
  readonly background: OwnedPromises;
}

const LOOK_MS = 500;
/** Looks between two at the limits, while none is known. */
const LOOKS_WITHOUT_LIMITS = 10;

export class LimitWatch {
  readonly #options: LimitWatchOptions;
  #timer: Timer | undefined;
  #stopped = false;
  #looks = 0;

  constructor(options: LimitWatchOptions) {
    this.#options = options;
  }

  /** Resolves when what is in force is known, or cannot be. */
  async start(): Promise<void> {
    await this.#look();
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#options.background.idle();
  }

  async #look(): Promise<void> {
    const { limits, suspended, streams, clock, background } = this.#options;
    await suspended.refresh();
    await streams?.refresh();
    if (limits.any || this.#looks % LOOKS_WITHOUT_LIMITS === 0) await limits.refresh();
    this.#looks++;
    if (!this.#stopped) this.#timer = clock.after(LOOK_MS, () => background.run(this.#look()));
  }
}
