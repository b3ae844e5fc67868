/**
 * How many connections at once, in all and from one client network, over all listeners (`submission.max_connections`,
 * `submission.max_connections_per_address`). An IPv6 client counts by its /64: it owns all of it.
 */
import { throttleAddress } from '../policy/login-throttle.ts';

export class ConnectionLimits {
  readonly #max: number;
  readonly #maxPerAddress: number;
  readonly #byAddress = new Map<string, number>();
  #total = 0;

  constructor(max: number, maxPerAddress: number) {
    this.#max = max;
    this.#maxPerAddress = maxPerAddress;
  }

  /** False: there is no room. After true, `release` has to follow once. */
  admit(address: string): boolean {
    const key = throttleAddress(address);
    const count = this.#byAddress.get(key) ?? 0;
    if (this.#total >= this.#max || count >= this.#maxPerAddress) return false;
    this.#total++;
    this.#byAddress.set(key, count + 1);
    return true;
  }

  release(address: string): void {
    const key = throttleAddress(address);
    const count = (this.#byAddress.get(key) ?? 0) - 1;
    this.#total--;
    if (count > 0) this.#byAddress.set(key, count);
    else this.#byAddress.delete(key);
  }

  get total(): number {
    return this.#total;
  }
}
