/**
 * DKIM keys that API keys ask for, whether for a new domain or for a rotation: a key takes a tenth of a second of the thread pool that
 * signs mail, so one at a time leaves it available. Accounts take turns.
 */
import { OneAtATime, TooManyWaitingError } from '../platform/one-at-a-time.ts';
import { tooManyRequests } from './api-error.ts';

/** About five seconds of work. */
const MOST_WAITING = 50;
const RETRY_AFTER_SECONDS = 5;

export class KeyMaking {
  readonly #making = new OneAtATime(MOST_WAITING);

  /** Settles as `make` does. Rejects with ApiError 429 while too many wait. */
  async run<T>(accountId: string, make: () => Promise<T>): Promise<T> {
    return await this.#making.run(accountId, make).catch((error: unknown) => {
      if (!(error instanceof TooManyWaitingError)) throw error;
      throw tooManyRequests(
        `too many keys are being made at once; try again in ${RETRY_AFTER_SECONDS} seconds`,
        RETRY_AFTER_SECONDS,
      );
    });
  }
}
