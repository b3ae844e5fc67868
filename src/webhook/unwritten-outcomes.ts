/** Outcomes of one webhook that the store has not written. What could not be written comes first at the next try. */
import type { WebhookOutcome } from '../store/webhooks.ts';

export class UnwrittenOutcomes {
  #outcomes: WebhookOutcome[] = [];
  #mustWrite = false;

  add(outcome: WebhookOutcome): void {
    this.#outcomes.push(outcome);
  }

  /** Nothing to write, and no write that failed. */
  get isEmpty(): boolean {
    return this.#outcomes.length === 0 && !this.#mustWrite;
  }

  /** In order; for {@link take}, or a look before it. */
  get waiting(): readonly WebhookOutcome[] {
    return this.#outcomes;
  }

  take(): readonly WebhookOutcome[] {
    const taken = this.#outcomes;
    this.#outcomes = [];
    this.#mustWrite = false;
    return taken;
  }

  /** The write failed. */
  requeue(outcomes: readonly WebhookOutcome[]): void {
    this.#outcomes = [...outcomes, ...this.#outcomes];
    this.#mustWrite = true;
  }
}
