/**
 * Owners of things that run: services to stop in reverse order, and promises that nobody awaits. A rejection of
 * an owned promise is a bug of ours; it goes to the one handler that the composition root chose.
 */

/** Something that runs until `stop` resolves. `stop` may be called once; it ends everything the thing started. */
export interface Service {
  stop(): Promise<void>;
}

/** Collects promises that no caller awaits, so that they can be waited for and their errors are heard. */
export class Tasks {
  readonly #running = new Set<Promise<void>>();
  readonly #onError: (error: unknown) => void;

  /** `onError` hears each rejection once. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Takes ownership of `promise`. */
  run(promise: Promise<void>): void {
    const owned = promise.catch(this.#onError).finally(() => this.#running.delete(owned));
    this.#running.add(owned);
  }

  get size(): number {
    return this.#running.size;
  }

  /** Resolves when everything owned so far, and what that started, has ended. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
