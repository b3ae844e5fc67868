/**
 * Owners of running things: services to stop in reverse order, and promises that nobody awaits. A rejection of an
 * owned promise is a bug; it goes to the handler chosen by the composition root.
 */

/** Something that runs until `stop` resolves. `stop` may be called once; it ends everything that was started. */
export interface Service {
  stop(): Promise<void>;
}

/** Owns promises that no caller awaits: waits for them at shutdown and reports their rejections. */
export class OwnedPromises {
  readonly #running = new Set<Promise<void>>();
  readonly #onError: (error: unknown) => void;

  /** `onError` receives each rejection once. */
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

  /** Resolves when all owned promises, and those that they added, have settled. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
