/**
 * How many connections at once, over all listeners: in all, from one host and, where that is asked for, from one client
 * network (`submission.max_connections`, `submission.max_connections_per_address`). An IPv6 client counts by its /64: it
 * owns all of it.
 */
import { clientHost, clientNetwork } from '../smtp/client-network.ts';

export class ConnectionLimits {
  readonly #max: number;
  readonly #maxPerHost: number;
  readonly #maxPerNetwork: number;
  /** By host, and by network: their keys differ. */
  readonly #counts = new Map<string, number>();
  #total = 0;

  constructor(max: number, maxPerHost: number, maxPerNetwork = Infinity) {
    this.#max = max;
    this.#maxPerHost = maxPerHost;
    this.#maxPerNetwork = maxPerNetwork;
  }

  /** False: there is no room. After true, `release` has to follow once. */
  admit(address: string): boolean {
    const host = clientHost(address);
    const network = clientNetwork(address);
    if (this.#total >= this.#max) return false;
    if (this.#count(host) >= this.#maxPerHost || this.#count(network) >= this.#maxPerNetwork) return false;
    this.#change(host, 1);
    this.#change(network, 1);
    this.#total++;
    return true;
  }

  release(address: string): void {
    this.#change(clientHost(address), -1);
    this.#change(clientNetwork(address), -1);
    this.#total--;
  }

  get total(): number {
    return this.#total;
  }

  #count(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  #change(key: string, by: 1 | -1): void {
    const count = this.#count(key) + by;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}
