/**
 * Runs expensive operations one at a time, waiting ones by fair queueing with a bounded queue. A failed operation
 * rejects its own call only.
 */
import { FairQueue } from './fair-queue.ts';

/** The queue is full, and the caller's flow is the longest. */
export class TooManyWaitingError extends Error {
  readonly code = 'too-many-waiting';
}

interface Waiting {
  readonly start: () => void;
  readonly giveUp: () => void;
}

export class OneAtATime {
  readonly #waiting: FairQueue<Waiting>;
  #busy = false;

  constructor(mostWaiting: number) {
    this.#waiting = new FairQueue(mostWaiting);
  }

  /** Settles as `work` does. Rejects with TooManyWaitingError only before it starts. */
  async run<T>(flow: string, work: () => Promise<T>): Promise<T> {
    if (this.#busy) await this.#turn(flow);
    this.#busy = true;
    try {
      return await work();
    } finally {
      const next = this.#waiting.take();
      if (next === undefined) this.#busy = false;
      else next.start();
    }
  }

  #turn(flow: string): Promise<void> {
    return new Promise((start, reject) => {
      const giveUp = () => reject(new TooManyWaitingError('too many operations are waiting'));
      this.#waiting.add(flow, { start, giveUp })?.giveUp();
    });
  }
}
