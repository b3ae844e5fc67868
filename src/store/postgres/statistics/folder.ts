/** Decides when a node folds its statistics: after a number of its transactions with counts, one fold at a time. */
import type { Log } from '../../../platform/log.ts';
import type { PostgresStepRunner } from '../engine/step-runner.ts';
import { foldSome } from './statistic-fold.ts';

/** Transactions that are folded together. A higher number costs less, and leaves readers more to add up. */
const FOLD_AT = 50;

export interface FolderOptions {
  readonly steps: PostgresStepRunner;
  readonly log: Log;
  readonly nodeKey: number;
}

export class StatisticFolder {
  readonly #options: FolderOptions;
  /** Rows to be folded, as far as this process knows. There may be some at the start. */
  #pending = FOLD_AT - 1;
  #folding: Promise<void> | undefined;

  constructor(options: FolderOptions) {
    this.#options = options;
  }

  /** A transaction with counts was committed. */
  counted(): void {
    if (++this.#pending < FOLD_AT || this.#folding !== undefined) return;
    this.#pending = 0;
    this.#folding = this.fold()
      .catch((error: unknown) => {
        this.#options.log.warn('statistics not folded', { reason: String(error) });
        this.#pending = FOLD_AT / 2;
      })
      .finally(() => {
        this.#folding = undefined;
      });
  }

  /** Folds everything. StoreError. */
  async fold(): Promise<void> {
    const { steps, nodeKey } = this.#options;
    while (await steps.write(() => foldSome(nodeKey)));
  }

  /** Resolves when none of its transactions is open. */
  async idle(): Promise<void> {
    await this.#folding;
  }
}
