/**
 * How far the end of the delivery service has come: first nothing new starts, then what is under way is broken off.
 * Written by the service alone, read by everybody who starts something.
 */
export class Shutdown {
  readonly #abandon = new AbortController();
  #begun = false;

  /** Nothing new starts. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Aborted when nobody waits any longer for what is under way. */
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
