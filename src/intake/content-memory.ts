/**
 * Counts message content in memory over all connections. Above the limit receivers hand smaller parts to the store
 * sooner (receive-content.ts), so that each holds little and all make progress: memory is bounded by the limit plus a
 * small part a connection, without a queue.
 */
export class ContentMemory {
  readonly #limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Negative releases. */
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
