/**
 * The state of the delivery service's shutdown: first nothing new starts, then work under way is aborted. Written by the
 * service alone, read by everything that starts work.
 */
export class Shutdown {
  readonly #abandon = new AbortController();
  #begun = false;

  /** Nothing new starts. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Aborted when work under way is no longer awaited. */
  get abandoned(): AbortSignal {
    return this.#abandon.signal;
  }

  begin(): void {
    this.#begun = true;
  }

  abandon(): void {
    this.#abandon.abort();
  }
}
