/**
 * How many octets of reports wait to be read, in all and for one client network: while they wait they are in memory,
 * and a network that fills its part leaves the others theirs.
 */

/** Of some 60 reports of the largest size. */
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_BYTES_OF_NETWORK = 8 * 1024 * 1024;

export class WaitingOctets {
  readonly #byNetwork = new Map<string, number>();
  #totalBytes = 0;

  /** False: there is no room. After true, `release` has to follow once. */
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
