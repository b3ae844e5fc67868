/**
 * How much message content is in memory at this moment, over all connections. It holds nobody up: when there is more
 * than the limit, receivers hand smaller parts to the store sooner (receive-content.ts), so that each holds little
 * and all get on. That bounds memory by the limit plus a small part a connection, without a queue to starve in.
 */
export class ContentMemory {
  readonly #limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Negative gives back. */
  change(deltaBytes: number): void {
    this.#usedBytes += deltaBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get short(): boolean {
    return this.#usedBytes > this.#limitBytes;
  }
}
