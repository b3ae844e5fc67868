/**
 * Limits the octets of reports waiting in memory to be parsed, in total and for each client network, so that one
 * network cannot take the whole limit.
 */

/** About 60 reports of the largest size. */
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_BYTES_OF_NETWORK = 8 * 1024 * 1024;

export class WaitingOctets {
  readonly #byNetwork = new Map<string, number>();
  #totalBytes = 0;

  /** False: full. After true, `release` must follow once. */
  take(network: string, sizeBytes: number): boolean {
    const held = this.#byNetwork.get(network) ?? 0;
    if (this.#totalBytes + sizeBytes > MAX_BYTES || held + sizeBytes > MAX_BYTES_OF_NETWORK) return false;
    this.#totalBytes += sizeBytes;
    this.#byNetwork.set(network, held + sizeBytes);
    return true;
  }

  release(network: string, sizeBytes: number): void {
    const held = (this.#byNetwork.get(network) ?? 0) - sizeBytes;
    this.#totalBytes -= sizeBytes;
    if (held > 0) this.#byNetwork.set(network, held);
    else this.#byNetwork.delete(network);
  }
}
