/**
 * Costly work that many may ask for at once: one after the other, party by party, and no more of it waiting than so much.
 * What runs is the caller's; a failure of it is the caller's too, and keeps nobody waiting.
 */
import { PartyQueue } from './party-queue.ts';

/** The queue is full, and nobody has more in it than the party that hears this. */
export class TooManyWaitingError extends Error {
  readonly code = 'too-many-waiting';
}

interface Waiting {
  readonly start: () => void;
  readonly giveUp: () => void;
}

export class OneAtATime {
  readonly #waiting: PartyQueue<Waiting>;
  #busy = false;

  constructor(mostWaiting: number) {
    this.#waiting = new PartyQueue(mostWaiting);
  }

  /** Settles as `work` does, once it has had its turn. Rejects with TooManyWaitingError before it began, or never. */
  async run<T>(party: string, work: () => Promise<T>): Promise<T> {
    if (this.#busy) await this.#turn(party);
    this.#busy = true;
    try {
      return await work();
    } finally {
      const next = this.#waiting.take();
      if (next === undefined) this.#busy = false;
      else next.start();
    }
  }

  #turn(party: string): Promise<void> {
    return new Promise((start, reject) => {
      const giveUp = () => reject(new TooManyWaitingError('too much of this waits already'));
      this.#waiting.add(party, { start, giveUp })?.giveUp();
    });
  }
}
