/** What an input of bench/hostile.ts is: each file of this folder but this one exports a list of them as `INPUTS`. */
import type { RelayTarget } from '../relay-target.ts';

export interface HostileStage {
  /** The relay, with a verified domain, an SMTP credential, an API key and a listener for reports. */
  readonly target: RelayTarget;
  /** Takes mail in the name of the sending domain's return path: `fbl@…`. */
  readonly feedbackAddress: string;
}

export interface HostileInput {
  readonly name: string;
  /**
   * Sends it as hard as one who means harm would, until `stop` is aborted; gives back in how many ways it was answered,
   * as `{ '250': 12 }`. What the relay refuses is an answer, not a failure.
   */
  readonly run: (stage: HostileStage, stop: AbortSignal) => Promise<Readonly<Record<string, number>>>;
}

/** Counts by the code of an answer; `none` stands for what is not one. */
export class Answers {
  readonly #counts: Record<string, number> = {};

  count(answer: string): void {
    const key = /^\d{3}/.exec(answer)?.[0] ?? 'none';
    this.#counts[key] = (this.#counts[key] ?? 0) + 1;
  }

  get counts(): Readonly<Record<string, number>> {
    return this.#counts;
  }
}
