/** When a node folds its statistics: after so many of its transactions counted something, one fold at a time. */
import type { Log } from '../../../platform/log.ts';
import type { PostgresStepRunner } from '../engine/step-runner.ts';
import { foldSome } from './statistic-fold.ts';

/** Transactions that are folded together. More cost less, and leave readers more to add up. */
const FOLD_AT = 50;

export interface FolderOptions {
  readonly steps: PostgresStepRunner;
  readonly log: Log;
  readonly nodeKey: number;
}

export class StatisticFolder {
  readonly #options: FolderOptions;
  /** Rows that wait to be folded, as far as this process knows. At the start there may be some. */
  #pending = FOLD_AT - 1;
  #folding: Promise<void> | undefined;

  constructor(options: FolderOptions) {
    this.#options = options;
  }

  /** A transaction that counted was committed. */
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

  /** Folds all that is there. StoreError. */
  async fold(): Promise<void> {
    const { steps, nodeKey } = this.#options;
    while (await steps.write(() => foldSome(nodeKey)));
  }

  /** Resolves when no transaction of it is open. */
  async idle(): Promise<void> {
    await this.#folding;
  }
}
