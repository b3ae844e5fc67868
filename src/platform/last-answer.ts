/**
 * Asks another thread for its figures, and waits for so long and no longer: a thread that is busy or stuck leaves the
 * last answer standing, so that what counts upwards does not fall. One question at a time.
 */
import { withTimeout, type Clock } from './clock.ts';

export interface LastAnswer<T> {
  /** `undefined`: it never answered. */
  readonly value: T | undefined;
  /** False: it did not answer in time, `value` is older. */
  readonly answered: boolean;
}

export interface LastAnswerOptions<T> {
  readonly clock: Clock;
  readonly waitMs: number;
  /** Rejections are as good as no answer. */
  readonly ask: () => Promise<T>;
}

export function lastAnswerOf<T>({ clock, waitMs, ask }: LastAnswerOptions<T>): () => Promise<LastAnswer<T>> {
  let value: T | undefined;
  let asked: Promise<void> | undefined;
  return async () => {
    asked ??= ask()
      .then((answer) => {
        value = answer;
      })
      .finally(() => {
        asked = undefined;
      });
    try {
      await withTimeout(clock, waitMs, 'figures', asked);
      return { value, answered: true };
    } catch {
      return { value, answered: false };
    }
  };
}
